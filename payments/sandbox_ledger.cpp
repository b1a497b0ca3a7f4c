#include "payments/sandbox_ledger.hpp"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include "payments/sandbox_index.hpp"
#include "payments/sandbox_record.hpp"

namespace atrium {

namespace file_format = sandbox_file;

namespace {

failure cannot(const std::string& what, const std::filesystem::path& file, int error) {
  const auto code = error == ENOSPC ? ec::storage_full : ec::malformed;
  return failure{code, "sandbox ledger " + file.string() + ": " + what + ": " +
                           std::generic_category().message(error)};
}

struct descriptor {
  int fd = -1;
  ~descriptor() {
    if (fd >= 0) ::close(fd);
  }
};

/// Nothing when the head is ours, else why not.
std::optional<failure> check_head(std::string_view head, const std::filesystem::path& file) {
  if (head.size() < file_format::head_bytes || !head.starts_with(file_format::magic))
    return failure{ec::malformed, "sandbox ledger " + file.string() +
                                      ": this is not a ledger file; nothing was changed. Move it "
                                      "away to start with an empty ledger."};
  std::uint32_t version = 0;
  std::memcpy(&version, head.data() + file_format::magic.size(), sizeof version);
  if (version != file_format::version)
    return failure{ec::malformed, "sandbox ledger " + file.string() + ": format " +
                                      std::to_string(version) +
                                      " is not known to this release; nothing was changed. Start "
                                      "the release that wrote it."};
  return std::nullopt;
}

class mapped_ledger final : public sandbox_ledger {
 public:
  explicit mapped_ledger(options o) : options_(std::move(o)) {}
  mapped_ledger(const mapped_ledger&) = delete;
  mapped_ledger& operator=(const mapped_ledger&) = delete;
  ~mapped_ledger() override {
    if (map_ != nullptr) ::munmap(map_, mapped_);
  }

  std::optional<failure> start() {
    const auto& file = options_.file;
    if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path());
    held_.fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (held_.fd < 0) return cannot("cannot be opened", file, errno);
    if (::flock(held_.fd, LOCK_EX | LOCK_NB) != 0)
      return failure{ec::malformed, "sandbox ledger " + file.string() +
                                        ": another process is writing to it; stop that first."};
    struct stat info {};
    if (::fstat(held_.fd, &info) != 0) return cannot("cannot be examined", file, errno);
    const auto size = static_cast<std::uint64_t>(info.st_size);
    if (size == 0) return make_new();
    if (const int error = map(size)) return cannot("cannot be mapped", file, error);
    if (auto why = check_head(bytes().substr(0, file_format::head_bytes), file)) {
      // A crash between making the file and writing its head leaves zeros.
      if (bytes().find_first_not_of('\0') != std::string_view::npos) return why;
      return make_new();
    }
    replay();
    drop_tail();
    return std::nullopt;
  }

  bool append(ledger_entry e) override {
    e.prev = find(e.payment.view());
    const auto payload = file_format::encode(e);
    const auto size = file_format::line_head_bytes + file_format::padded(payload.size());
    if (payload.size() > file_format::max_payload_bytes) return false;
    // One line head more than needed, so that the zero that ends the file is always mapped.
    if (end_ + size + file_format::line_head_bytes > mapped_ && !grow(size)) return false;
    char* at = map_ + end_;
    const auto sum = file_format::checksum(payload);
    std::memcpy(at + file_format::line_head_bytes, payload.data(), payload.size());
    std::memcpy(at + sizeof(std::uint32_t), &sum, sizeof sum);
    // Last: until now the line does not exist, for this process's successor and for readers.
    std::atomic_ref(*reinterpret_cast<std::uint32_t*>(at))
        .store(static_cast<std::uint32_t>(payload.size()), std::memory_order_release);
    remember(e.payment.view(), end_);
    end_ += size;
    ++lines_;
    return true;
  }

  std::optional<ledger_entry> newest(const payment_id& payment) const override {
    const auto offset = find(payment.view());
    if (offset == 0) return std::nullopt;
    return file_format::known_line_at(bytes(), offset);
  }

  void history(const ledger_entry& newest,
               const std::function<bool(const ledger_entry&)>& visit) const override {
    if (!visit(newest)) return;
    for (auto offset = newest.prev; offset != 0;) {
      const auto e = file_format::known_line_at(bytes(), offset);
      if (!e || !visit(*e)) return;
      offset = e->prev;
    }
  }

  std::uint64_t lines() const override { return lines_; }
  std::uint64_t dropped_bytes() const override { return dropped_; }

 private:
  std::string_view bytes() const { return {map_, mapped_}; }

  std::optional<failure> make_new() {
    end_ = file_format::head_bytes;
    if (!grow(0)) return cannot("cannot be made", options_.file, ENOSPC);
    std::memcpy(map_ + file_format::magic.size(), &file_format::version,
                sizeof file_format::version);
    std::memcpy(map_, file_format::magic.data(), file_format::magic.size());
    return std::nullopt;
  }

  void replay() {
    end_ = file_format::head_bytes;
    std::uint64_t next = 0;
    while (const auto e = file_format::line_at(bytes(), end_, next)) {
      remember(e->payment.view(), end_);
      end_ = next;
      ++lines_;
    }
  }

  /// Zeroes what an interrupted append left behind the last whole line: a later, shorter line must
  /// not be followed by bytes that look like one more.
  void drop_tail() {
    if (end_ >= mapped_) return;
    const auto last = bytes().substr(end_).find_last_not_of('\0');
    if (last == std::string_view::npos) return;
    dropped_ = last + 1;
    std::memset(map_ + end_, 0, dropped_);
  }

  /// The blocks are allocated here: a full disk is an answer now, not a SIGBUS at some later
  /// memcpy.
  bool grow(std::uint64_t more) {
    const auto wanted = end_ + more + options_.chunk_bytes;
    if (wanted > options_.max_bytes) return false;
    if (wanted <= mapped_) return true;
    const auto missing = static_cast<off_t>(wanted - mapped_);
    if (::posix_fallocate(held_.fd, static_cast<off_t>(mapped_), missing) != 0) return false;
    return map(wanted) == 0;
  }

  int map(std::uint64_t size) {
    void* to = map_ == nullptr
                   ? ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, held_.fd, 0)
                   : ::mremap(map_, mapped_, size, MREMAP_MAYMOVE);
    if (to == MAP_FAILED) return errno;
    map_ = static_cast<char*>(to);
    mapped_ = size;
    return 0;
  }

  bool is_of(std::uint64_t offset, std::string_view payment) const {
    return file_format::payment_of_known_line(bytes(), offset) == payment;
  }
  std::uint64_t find(std::string_view payment) const {
    return index_.find(payment, [&](std::uint64_t offset) { return is_of(offset, payment); });
  }
  void remember(std::string_view payment, std::uint64_t offset) {
    index_.put(payment, offset, [&](std::uint64_t o) { return is_of(o, payment); });
  }

  options options_;
  descriptor held_;
  char* map_ = nullptr;
  std::uint64_t mapped_ = 0;
  std::uint64_t end_ = 0;
  std::uint64_t lines_ = 0;
  std::uint64_t dropped_ = 0;
  sandbox_index index_;
};

}  // namespace

std::string_view to_string(ledger_entry::operation op) {
  switch (op) {
    case ledger_entry::operation::authorize:
      return "authorize";
    case ledger_entry::operation::capture:
      return "capture";
    case ledger_entry::operation::void_:
      return "void";
    case ledger_entry::operation::refund:
      return "refund";
    case ledger_entry::operation::attempt:
      return "attempt";
    case ledger_entry::operation::schedule:
      return "schedule";
    case ledger_entry::operation::authenticate:
      return "authenticate";
  }
  return "?";
}

std::string_view to_string(payment_record::state s) {
  switch (s) {
    case payment_record::state::none:
      return "none";
    case payment_record::state::authorized:
      return "authorized";
    case payment_record::state::declined:
      return "declined";
    case payment_record::state::captured:
      return "captured";
    case payment_record::state::voided:
      return "voided";
    case payment_record::state::requires_action:
      return "requires_action";
  }
  return "?";
}

result<std::unique_ptr<sandbox_ledger>> sandbox_ledger::open(options o) {
  auto ledger = std::make_unique<mapped_ledger>(std::move(o));
  if (auto why = ledger->start()) return *why;
  return std::unique_ptr<sandbox_ledger>(std::move(ledger));
}

result<std::uint64_t> sandbox_ledger::read(const std::filesystem::path& file,
                                           const std::function<void(const ledger_entry&)>& visit) {
  const descriptor in{::open(file.c_str(), O_RDONLY | O_CLOEXEC)};
  if (in.fd < 0) return cannot("cannot be opened", file, errno);
  struct stat info {};
  if (::fstat(in.fd, &info) != 0) return cannot("cannot be examined", file, errno);
  const auto size = static_cast<std::size_t>(info.st_size);
  if (size == 0) return std::uint64_t{0};
  void* map = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, in.fd, 0);
  if (map == MAP_FAILED) return cannot("cannot be mapped", file, errno);
  const std::unique_ptr<void, std::function<void(void*)>> unmap(
      map, [size](void* m) { ::munmap(m, size); });
  const std::string_view bytes(static_cast<const char*>(map), size);
  if (auto why = check_head(bytes.substr(0, file_format::head_bytes), file)) return *why;
  std::uint64_t lines = 0;
  std::uint64_t next = 0;
  for (auto at = file_format::head_bytes;; at = next) {
    const auto e = file_format::line_at(bytes, at, next);
    if (!e) return lines;
    visit(*e);
    ++lines;
  }
}

}  // namespace atrium
