#include "persistence/outbox.hpp"

#include <cerrno>
#include <charconv>

#include "persistence/lmdb_env.hpp"
#include "persistence/outbox_rows.hpp"

namespace atrium {
namespace {

using namespace outbox_rows;

/// Rows of one destination that one transaction removes at most; the rest goes with the next.
constexpr std::size_t most_trimmed = 200;
constexpr std::size_t most_walked = 1'000;
constexpr std::string_view journal_fact = "journal";
constexpr std::string_view format_fact = "format";

failure failed(const char* doing, const lmdb::error& e) {
  return {e.code() == ENOSPC ? ec::storage_full : ec::dependency_unavailable,
          std::string("the outbox cannot be ") + doing + ": " + e.what()};
}

class lmdb_outbox final : public outbox {
 public:
  explicit lmdb_outbox(const options& o)
      : options_(o), env_({.dir = o.dir, .map_size_mb = o.map_size_mb, .max_tables = 8}) {
    facts_ = env_.open_table("facts");
    rows_ = env_.open_table("deliveries");
    due_ = env_.open_table("due");
    ended_ = env_.open_table("ended");
    destinations_ = env_.open_table("destinations");
    cursors_ = env_.open_table("cursors");
    adopt_journal();
  }

  std::optional<std::uint64_t> cursor(const std::string& channel) const override {
    const lmdb::read_txn txn(env_);
    const auto value = txn.get(cursors_, channel);
    if (!value) return std::nullopt;
    return lmdb::read_be64(value->data());
  }

  result<void> commit(const changes& c, instant now) override {
    for (;;) {
      try {
        lmdb::write_txn txn(env_);
        write(txn, c, now);
        txn.commit();
        return {};
      } catch (const lmdb::error& e) {
        if (!e.is_map_full()) return failed("written", e);
      }
      try {
        env_.grow();
      } catch (const lmdb::error& e) {
        return failed("made larger", e);
      }
    }
  }

  void each_waiting(const std::string& destination,
                    const std::function<bool(std::uint64_t, instant)>& visit) const override {
    const auto prefix = prefix_of(destination);
    const lmdb::read_txn txn(env_);
    lmdb::cursor at(txn, due_);
    std::size_t seen = 0;
    for (bool more = at.seek(prefix); more && at.key().starts_with(prefix); more = at.next()) {
      const auto place = place_of(at.key());
      if (++seen > most_walked || !visit(place.position, place.at)) return;
    }
  }

  std::optional<delivery> find(const std::string& destination,
                               std::uint64_t position) const override {
    const lmdb::read_txn txn(env_);
    return find_in(txn, destination, position);
  }

  result<page<delivery>> list(const std::string& destination, std::size_t limit,
                              const std::string& cursor) const override {
    std::uint64_t below = UINT64_MAX;
    if (!cursor.empty()) {
      const auto read = std::from_chars(cursor.data(), cursor.data() + cursor.size(), below);
      if (read.ec != std::errc{} || read.ptr != cursor.data() + cursor.size())
        return failure{ec::validation,
                       "The cursor is none of this list. Leave it out to begin at the start.",
                       {{"cursor", "a nextCursor of this list", "another text", "?cursor"}}};
    }
    const auto prefix = prefix_of(destination);
    page<delivery> p;
    const lmdb::read_txn txn(env_);
    lmdb::cursor at(txn, rows_);
    for (bool more = at.seek_before(row_key(destination, below));
         more && at.key().starts_with(prefix); more = at.prev()) {
      if (p.items.size() == limit) {
        p.next = std::to_string(p.items.back().position);
        break;
      }
      p.items.push_back(
          unpack(destination, lmdb::read_be64(at.key().data() + prefix.size()), at.value()));
    }
    return p;
  }

  std::vector<destination_record> destinations(const std::string& prefix) const override {
    std::vector<destination_record> all;
    const lmdb::read_txn txn(env_);
    lmdb::cursor at(txn, destinations_);
    for (bool more = at.seek(prefix); more && at.key().starts_with(prefix); more = at.next()) {
      const auto row = unpack_destination(at.value());
      all.push_back({std::string(at.key()), row.waiting, row.failing_since});
    }
    return all;
  }

 private:
  /// What was made for another journal means nothing for this one.
  void adopt_journal() {
    lmdb::write_txn txn(env_);
    const auto journal = txn.get(facts_, journal_fact);
    const auto format = txn.get(facts_, format_fact);
    const auto own = lmdb::be64(options_.journal_id);
    const auto newest = lmdb::be64(outbox_format);
    if (journal == lmdb::view_of(own) && format == lmdb::view_of(newest)) return;
    for (const auto table : {rows_, due_, ended_, destinations_, cursors_}) txn.clear(table);
    txn.put(facts_, journal_fact, lmdb::view_of(own));
    txn.put(facts_, format_fact, lmdb::view_of(newest));
    txn.commit();
  }

  std::optional<delivery> find_in(const lmdb::txn& txn, const std::string& destination,
                                  std::uint64_t position) const {
    const auto value = txn.get(rows_, row_key(destination, position));
    if (!value) return std::nullopt;
    return unpack(destination, position, *value);
  }

  destination_row destination_in(const lmdb::txn& txn, const std::string& name) const {
    const auto value = txn.get(destinations_, name);
    return value ? unpack_destination(*value) : destination_row{};
  }

  void write(lmdb::write_txn& txn, const changes& c, instant now) {
    if (!c.channel.empty()) txn.put(cursors_, c.channel, lmdb::view_of(lmdb::be64(c.cursor)));
    for (const auto& d : c.put) put(txn, d, now);
    for (const auto& h : c.health) {
      auto row = destination_in(txn, h.name);
      row.failing_since = h.failing_since;
      txn.put(destinations_, h.name, pack(row));
    }
    for (const auto& name : c.drop) drop(txn, name);
  }

  void put(lmdb::write_txn& txn, const delivery& d, instant now) {
    auto about = destination_in(txn, d.destination);
    if (const auto old = find_in(txn, d.destination, d.position)) {
      if (old->is == delivery::state::waiting) {
        txn.del(due_, time_key(d.destination, old->due, d.position));
        --about.waiting;
      } else {
        txn.del(ended_, time_key(d.destination, ended_at(*old), d.position));
        --about.ended;
      }
    }
    if (d.is == delivery::state::waiting) {
      txn.put(due_, time_key(d.destination, d.due, d.position), {});
      ++about.waiting;
    } else {
      txn.put(ended_, time_key(d.destination, ended_at(d), d.position), {});
      ++about.ended;
    }
    txn.put(rows_, row_key(d.destination, d.position), pack(d));
    trim(txn, d.destination, about, now);
    txn.put(destinations_, d.destination, pack(about));
  }

  static instant ended_at(const delivery& d) { return d.last_attempt.value_or(d.created); }

  /// The oldest ended messages go when they are too old or too many.
  void trim(lmdb::write_txn& txn, const std::string& destination, destination_row& about,
            instant now) {
    const auto prefix = prefix_of(destination);
    for (std::size_t n = 0; n < most_trimmed; ++n) {
      std::string key;
      {
        lmdb::cursor at(txn, ended_);
        if (!at.seek(prefix) || !at.key().starts_with(prefix)) return;
        key = at.key();
      }
      const auto place = place_of(key);
      if (about.ended <= options_.most_ended && place.at + options_.keep_ended > now) return;
      txn.del(ended_, key);
      txn.del(rows_, row_key(destination, place.position));
      --about.ended;
    }
  }

  void drop(lmdb::write_txn& txn, const std::string& name) {
    const auto prefix = prefix_of(name);
    for (const auto table : {rows_, due_, ended_}) {
      for (;;) {
        std::string key;
        {
          lmdb::cursor at(txn, table);
          if (!at.seek(prefix) || !at.key().starts_with(prefix)) break;
          key = at.key();
        }
        txn.del(table, key);
      }
    }
    txn.del(destinations_, name);
  }

  const options options_;
  lmdb::env env_;
  lmdb::table facts_, rows_, due_, ended_, destinations_, cursors_;
};

}  // namespace

result<std::unique_ptr<outbox>> outbox::open(options o) {
  try {
    return std::unique_ptr<outbox>(std::make_unique<lmdb_outbox>(o));
  } catch (const lmdb::error& e) {
    return failed("opened", e);
  } catch (const std::filesystem::filesystem_error& e) {
    return failure{ec::dependency_unavailable,
                   std::string("the outbox cannot be made: ") + e.what()};
  }
}

}  // namespace atrium
