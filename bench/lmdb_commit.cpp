/// What a booking costs at least: two synchronous LMDB commits one after the other, with records as
/// large as Atrium's (two in the first, four in the second) and nothing else.
#include <lmdb.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "bench/histogram.hpp"

namespace {

void must(int rc) {
  if (rc == 0) return;
  std::fprintf(stderr, "lmdb: %s\n", mdb_strerror(rc));
  std::exit(1);
}

void commit(MDB_env* env, MDB_dbi table, std::uint64_t& position, int records,
            std::string& record) {
  MDB_txn* txn = nullptr;
  must(mdb_txn_begin(env, nullptr, 0, &txn));
  for (int i = 0; i != records; ++i) {
    ++position;
    MDB_val key{sizeof position, &position};
    MDB_val value{record.size(), record.data()};
    must(mdb_put(txn, table, &key, &value, MDB_APPEND));
  }
  must(mdb_txn_commit(txn));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return std::fprintf(stderr, "usage: %s DIR [SECONDS]\n", argv[0]), 2;
  const double seconds = argc > 2 ? std::atof(argv[2]) : 5;
  std::filesystem::create_directories(argv[1]);
  MDB_env* env = nullptr;
  must(mdb_env_create(&env));
  must(mdb_env_set_mapsize(env, std::size_t{1} << 30));
  must(mdb_env_set_maxdbs(env, 2));
  must(mdb_env_open(env, argv[1], 0, 0644));
  MDB_txn* txn = nullptr;
  MDB_dbi table = 0;
  must(mdb_txn_begin(env, nullptr, 0, &txn));
  must(mdb_dbi_open(txn, "events", MDB_CREATE | MDB_INTEGERKEY, &table));
  must(mdb_txn_commit(txn));

  using clock = std::chrono::steady_clock;
  atrium::bench::histogram both;
  std::string record(420, 'x');
  std::uint64_t position = 0;
  const auto begin = clock::now();
  while (std::chrono::duration<double>(clock::now() - begin).count() < seconds) {
    const auto start = clock::now();
    commit(env, table, position, 2, record);
    commit(env, table, position, 4, record);
    both.record(static_cast<std::uint64_t>(std::chrono::nanoseconds(clock::now() - start).count()));
  }
  std::printf("{\"pairs\":%llu,\"mean_us\":%.1f,\"p50_us\":%.1f,\"p90_us\":%.1f,\"p99_us\":%.1f}\n",
              static_cast<unsigned long long>(both.count()), both.mean_us(), both.percentile_us(50),
              both.percentile_us(90), both.percentile_us(99));
  mdb_env_close(env);
  return 0;
}
