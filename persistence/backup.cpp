// backup and restore: a compact copy of the journal, the sandbox's ledger, a manifest.
#include <rapidjson/document.h>
#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>

#include <cerrno>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <system_error>
#include <unistd.h>

#include "domain/refusal.hpp"
#include "persistence/journal_snapshot.hpp"
#include "persistence/lmdb_env.hpp"
#include "persistence/maintenance.hpp"

namespace atrium::maintenance {

namespace fs = std::filesystem;

namespace {

constexpr const char* manifest_file = "manifest.json";
constexpr const char* kind = "atrium-backup";
constexpr int version = 1;

void sync_path(const fs::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) throw std::system_error(errno, std::generic_category(), path.string());
  const int rc = ::fsync(fd);
  const int why = errno;
  ::close(fd);
  if (rc != 0) throw std::system_error(why, std::generic_category(), path.string());
}

/// Copies the plain files of a folder (not the folders in it), durably. Returns their bytes.
std::uint64_t copy_files(const fs::path& from, const fs::path& to) {
  std::uint64_t bytes = 0;
  fs::create_directories(to);
  for (const auto& entry : fs::directory_iterator(from)) {
    if (!entry.is_regular_file()) continue;
    const auto name = entry.path().filename();
    if (name == "lock.mdb" || name == "LOCK") continue;
    fs::copy_file(entry.path(), to / name);
    sync_path(to / name);
    bytes += fs::file_size(to / name);
  }
  sync_path(to);
  return bytes;
}

/// A directory that is made ready for one function and emptied again unless keep() is called.
class fresh_dir {
 public:
  static result<fresh_dir> make(const fs::path& dir) {
    if (fs::exists(dir) && (!fs::is_directory(dir) || !fs::is_empty(dir)))
      return refusal(ec::already_exists,
                     dir.string() + " is not empty; nothing was written. Name a new directory.");
    const bool existed = fs::exists(dir);
    fs::create_directories(dir);
    return fresh_dir(dir, existed);
  }
  fresh_dir(fresh_dir&& other) noexcept
      : dir_(std::exchange(other.dir_, {})), existed_(other.existed_) {}
  fresh_dir& operator=(fresh_dir&&) = delete;
  ~fresh_dir() {
    if (dir_.empty()) return;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(dir_, ignored))
      fs::remove_all(entry.path(), ignored);
    if (!existed_) fs::remove(dir_, ignored);
  }
  void keep() noexcept { dir_.clear(); }

 private:
  fresh_dir(fs::path dir, bool existed) : dir_(std::move(dir)), existed_(existed) {}
  fs::path dir_;
  bool existed_;
};

void write_manifest(const fs::path& dir, const backup_report& report, instant now) {
  rapidjson::StringBuffer buffer;
  rapidjson::PrettyWriter<rapidjson::StringBuffer> w(buffer);
  w.StartObject();
  w.Key("kind");
  w.String(kind);
  w.Key("version");
  w.Int(version);
  w.Key("createdAt");
  w.String(format_instant(now).c_str());
  w.Key("journalId");  // as text: a JSON number loses bits beyond 2^53
  w.String(std::to_string(report.journal_id).c_str());
  w.Key("lastPosition");
  w.Uint64(report.last_position);
  w.EndObject();
  const fs::path file = dir / manifest_file;
  std::ofstream out(file);
  out << buffer.GetString() << '\n';
  out.close();
  if (!out) throw std::system_error(ENOSPC, std::generic_category(), file.string());
  sync_path(file);
  sync_path(dir);
}

result<backup_report> read_manifest(const fs::path& dir) {
  std::ifstream in(dir / manifest_file);
  if (!in) return refusal(ec::not_found, dir.string() + " holds no backup: no manifest.json");
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  rapidjson::Document d;
  d.Parse<rapidjson::kParseIterativeFlag>(text.c_str());
  const bool readable = !d.HasParseError() && d.IsObject() && d.HasMember("kind") &&
                        d["kind"].IsString() && std::string_view(d["kind"].GetString()) == kind &&
                        d.HasMember("version") && d["version"].IsInt() &&
                        d.HasMember("journalId") && d["journalId"].IsString() &&
                        d.HasMember("lastPosition") && d["lastPosition"].IsUint64();
  if (!readable) return refusal(ec::malformed, dir.string() + "/manifest.json is not a manifest");
  if (d["version"].GetInt() != version)
    return refusal(ec::malformed, "the backup has version " +
                                      std::to_string(d["version"].GetInt()) +
                                      ", this release reads version 1");
  backup_report report;
  report.journal_id = std::strtoull(d["journalId"].GetString(), nullptr, 10);
  report.last_position = d["lastPosition"].GetUint64();
  return report;
}

std::uint64_t copy_sandbox(const fs::path& from, const fs::path& to) {
  // After the journal: a provider that knows more than we do is what a restored server expects.
  return fs::is_directory(from / "sandbox") ? copy_files(from / "sandbox", to / "sandbox") : 0;
}

/// Runs `work`; what it throws becomes a text about `dir`.
template <class Work>
auto explained(const fs::path& dir, Work work) -> decltype(work()) {
  try {
    return work();
  } catch (const lmdb::error& e) {
    return journal_files::explain(dir, e.code(), e.what());
  } catch (const std::system_error& e) {
    return journal_files::explain(dir, e.code().value(), e.what());
  }
}

void give_new_id(const fs::path& journal_dir, std::uint64_t id) {
  lmdb::env_options options;
  options.dir = journal_dir;
  lmdb::env env(options);
  const auto metas = env.open_table(journal_files::meta_table);
  lmdb::write_txn txn(env);
  journal_files::store_id(txn, metas, id);
  txn.commit();
}

}  // namespace

result<backup_report> backup(const fs::path& data_dir, const fs::path& target, instant now) {
  return explained(target, [&]() -> result<backup_report> {
    const auto source = journal_snapshot::open(data_dir / "journal");
    if (!source) return source.error();
    auto fresh = fresh_dir::make(target);
    if (!fresh) return fresh.error();
    const fs::path copy = target / "journal";
    fs::create_directories(copy);
    source->copy_to(copy);
    sync_path(copy / lmdb::data_file);
    sync_path(copy);

    const auto copied = journal_snapshot::open(copy, true);
    if (!copied) return copied.error();
    backup_report report;
    report.journal_id = copied->facts().journal_id;
    report.last_position = copied->facts().last_position;
    report.bytes = fs::file_size(copy / lmdb::data_file) + copy_sandbox(data_dir, target);
    write_manifest(target, report, now);
    fresh->keep();
    return report;
  });
}

result<backup_report> restore(const fs::path& backup_dir, const fs::path& data_dir) {
  return explained(data_dir, [&]() -> result<backup_report> {
    auto report = read_manifest(backup_dir);
    if (!report) return report.error();
    auto fresh = fresh_dir::make(data_dir);
    if (!fresh) return fresh.error();
    report->bytes = copy_files(backup_dir / "journal", data_dir / "journal");
    report->bytes += copy_sandbox(backup_dir, data_dir);
    const auto found = verify(data_dir);
    if (!found) return found.error();
    if (found->journal_id != report->journal_id || found->last_position != report->last_position)
      return refusal(ec::malformed, "the backup's journal is not the one its manifest speaks of");
    if (!found->is_sound())
      return refusal(ec::malformed, "the backup is damaged: " + found->problems.front());
    report->journal_id = journal_files::random_id();
    give_new_id(data_dir / "journal", report->journal_id);
    sync_path(data_dir);
    fresh->keep();
    return report;
  });
}

}  // namespace atrium::maintenance
