#include "persistence/journal_snapshot.hpp"

#include "domain/refusal.hpp"
#include "persistence/lmdb_env.hpp"

namespace atrium {

namespace {
constexpr std::size_t records_per_read = 4096;
}

result<journal_snapshot> journal_snapshot::open(const std::filesystem::path& dir, bool alone) {
  try {
    std::error_code ignored;
    if (!std::filesystem::exists(dir / lmdb::data_file, ignored))
      return refusal(ec::not_found, "there is no journal in " + dir.string());
    if (auto fine = journal_files::inspect(dir); !fine) return fine.error();
    lmdb::env_options options;
    options.dir = dir;
    options.read_only = true;
    options.no_lock = alone;
    journal_snapshot opened;
    opened.env_ = std::make_unique<lmdb::env>(options);
    if (!opened.env_->has_table(journal_files::meta_table) ||
        !opened.env_->has_table(journal_files::records_table))
      return refusal(ec::not_found, "the journal in " + dir.string() + " was only just begun");
    opened.metas_ = opened.env_->open_table(journal_files::meta_table);
    opened.records_ = opened.env_->open_table(journal_files::records_table);
    auto facts = journal_files::load(*opened.env_, opened.metas_, opened.records_);
    if (!facts) return facts.error();
    opened.facts_ = std::move(*facts);
    return opened;
  } catch (const lmdb::error& e) {
    return journal_files::explain(dir, e.code(), e.what());
  }
}

void journal_snapshot::for_each(
    std::uint64_t from, const std::function<bool(std::uint64_t, std::string_view)>& visit) const {
  std::string next(lmdb::view_of(lmdb::be64(from == 0 ? 1 : from)));
  for (bool more = true; more;) {
    const lmdb::read_txn txn(*env_);
    lmdb::cursor at(txn, records_);
    more = at.seek(next);
    for (std::size_t n = 0; more && n != records_per_read; ++n) {
      const std::uint64_t position = at.key().size() == 8 ? lmdb::read_be64(at.key().data()) : 0;
      if (position > facts_.last_position || !visit(position, at.value())) return;
      more = at.next();
    }
    if (more) next.assign(at.key());
  }
}

void journal_snapshot::copy_to(const std::filesystem::path& dir) const {
  // The server may have grown the file, and may do so again meanwhile: by more each time.
  constexpr int most_tries = 10;
  for (int tries = 1;; ++tries) {
    const int rc = mdb_env_copy2(env_->raw(), dir.c_str(), MDB_CP_COMPACT);
    if (rc != MDB_MAP_RESIZED || tries == most_tries) return lmdb::check(rc, "copying the journal");
    // LMDB leaves an empty file behind, and copies into none that exists.
    std::filesystem::remove(dir / lmdb::data_file);
    const lmdb::read_txn takes_the_new_size_over(*env_);
  }
}

}  // namespace atrium
