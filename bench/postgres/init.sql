-- What a team would reach for: an exclusion constraint keeps bookings of one room apart.
create extension if not exists btree_gist;

create table reservation (
  id bigint generated always as identity primary key,
  room int not null,
  customer int not null,
  during tstzrange not null,
  status text not null,
  party_size int not null,
  title text not null,
  price bigint not null,
  currency text not null,
  exclude using gist (room with =, during with &&) where (status in ('held', 'confirmed'))
);

create table payment (
  id bigint generated always as identity primary key,
  reservation bigint not null references reservation,
  status text not null,
  amount bigint not null,
  currency text not null
);
create index payment_of on payment (reservation);

-- Hands out (room, half hour) pairs, so that clients never want the same slot.
create sequence wish;
