#include "outbound/multi_loop.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <new>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <system_error>
#include <unistd.h>

namespace atrium::outbound {
namespace {

constexpr std::size_t most_at_a_turn = 64;
/// How long the thread sleeps when nothing happens; wake() ends it.
constexpr int idle_ms = 60'000;

std::uint32_t events_of(int what) {
  return (what & CURL_POLL_IN ? static_cast<std::uint32_t>(EPOLLIN) : 0u) |
         (what & CURL_POLL_OUT ? static_cast<std::uint32_t>(EPOLLOUT) : 0u);
}

int readiness_of(std::uint32_t events) {
  return (events & EPOLLIN ? CURL_CSELECT_IN : 0) | (events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
         (events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);
}

int checked(int fd, const char* what) {
  if (fd < 0) throw std::system_error(errno, std::generic_category(), what);
  return fd;
}

}  // namespace

multi_loop::multi_loop(std::size_t most_per_host, std::size_t most_kept)
    : epoll_(checked(::epoll_create1(EPOLL_CLOEXEC), "epoll")),
      wake_(checked(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")),
      multi_(::curl_multi_init()) {
  if (!multi_) throw std::bad_alloc();
  epoll_event e{};
  e.events = EPOLLIN;
  e.data.fd = wake_;
  checked(::epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &e), "epoll");
  auto* m = multi_.get();
  ::curl_multi_setopt(m, CURLMOPT_SOCKETFUNCTION, &multi_loop::on_socket);
  ::curl_multi_setopt(m, CURLMOPT_SOCKETDATA, this);
  ::curl_multi_setopt(m, CURLMOPT_TIMERFUNCTION, &multi_loop::on_timer);
  ::curl_multi_setopt(m, CURLMOPT_TIMERDATA, this);
  ::curl_multi_setopt(m, CURLMOPT_MAX_HOST_CONNECTIONS, static_cast<long>(most_per_host));
  // Without it libcurl keeps four for each transfer that is under way at the moment.
  ::curl_multi_setopt(m, CURLMOPT_MAXCONNECTS, static_cast<long>(most_kept));
}

multi_loop::~multi_loop() {
  multi_.reset();
  ::close(wake_);
  ::close(epoll_);
}

void multi_loop::add(CURL* transfer) {
  ::curl_multi_add_handle(multi_.get(), transfer);
}

void multi_loop::remove(CURL* transfer) {
  ::curl_multi_remove_handle(multi_.get(), transfer);
}

void multi_loop::wake() {
  ::eventfd_write(wake_, 1);
}

int multi_loop::patience_ms() const {
  if (!due_) return idle_ms;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*due_ - steady::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, idle_ms));
}

void multi_loop::turn(bool may_wait) {
  std::array<epoll_event, most_at_a_turn> ready;
  const int n = ::epoll_wait(epoll_, ready.data(), static_cast<int>(ready.size()),
                             may_wait ? patience_ms() : 0);
  int running = 0;
  for (int i = 0; i < n; ++i) {
    const auto& e = ready[static_cast<std::size_t>(i)];
    if (e.data.fd == wake_) {
      eventfd_t times = 0;
      ::eventfd_read(wake_, &times);
    } else {
      ::curl_multi_socket_action(multi_.get(), e.data.fd, readiness_of(e.events), &running);
    }
  }
  if (!due_ || *due_ > steady::now()) return;
  due_.reset();
  ::curl_multi_socket_action(multi_.get(), CURL_SOCKET_TIMEOUT, 0, &running);
}

std::optional<multi_loop::ended> multi_loop::next_ended() {
  int left = 0;
  while (const auto* message = ::curl_multi_info_read(multi_.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const ended e{message->easy_handle, message->data.result};
    remove(e.transfer);
    return e;
  }
  return std::nullopt;
}

/// `known` is set for sockets that are watched already.
int multi_loop::on_socket(CURL*, curl_socket_t socket, int what, void* self, void* known) {
  auto& loop = *static_cast<multi_loop*>(self);
  if (what == CURL_POLL_REMOVE) {
    ::epoll_ctl(loop.epoll_, EPOLL_CTL_DEL, socket, nullptr);
    return 0;
  }
  epoll_event e{};
  e.events = events_of(what);
  e.data.fd = socket;
  if (::epoll_ctl(loop.epoll_, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, socket, &e) != 0 &&
      ::epoll_ctl(loop.epoll_, known ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, socket, &e) != 0)
    return -1;
  if (!known) ::curl_multi_assign(loop.multi_.get(), socket, self);
  return 0;
}

int multi_loop::on_timer(CURLM*, long timeout_ms, void* self) {
  auto& due = static_cast<multi_loop*>(self)->due_;
  if (timeout_ms < 0)
    due.reset();
  else
    due = steady::now() + std::chrono::milliseconds(timeout_ms);
  return 0;
}

}  // namespace atrium::outbound
