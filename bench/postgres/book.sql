-- Like for like with a booking of Atrium's: the held slot and the authorised payment are durable, then the
-- confirmed booking and the captured payment are. Two synchronous commits, no HTTP, no sign-in, no views.
with wish as (select nextval('wish') as n),
held as (
  insert into reservation (room, customer, during, status, party_size, title, price, currency)
  select (n % :rooms)::int, :client_id,
         tstzrange(timestamptz '2027-01-04' + (n / :rooms) * interval '30 min',
                   timestamptz '2027-01-04' + (n / :rooms + 1) * interval '30 min'),
         'held', 4, 'Weekly sync', 5500, 'KRW'
  from wish returning id
)
insert into payment (reservation, status, amount, currency)
select id, 'authorized', 5500, 'KRW' from held returning reservation as booking \gset
begin;
update reservation set status = 'confirmed' where id = :booking;
update payment set status = 'captured' where reservation = :booking;
end;
