#include "notifications/delivery_engine.hpp"

#include <spdlog/spdlog.h>

#include <pthread.h>

#include "notifications/delivery_engine_impl.hpp"

namespace atrium {
namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

/// How soon a moved clock is noticed while messages wait.
constexpr auto look_again = 250ms;
/// Messages asked for again that have not been looked at yet.
constexpr std::size_t most_wishes = 1'000;
/// After the outbox could not be written.
constexpr auto after_trouble = 5s;

}  // namespace

/// True when something happened, so that it is worth looking again at once.
bool delivery_engine::impl::step() {
  if (!is_loaded) load();
  // What cannot be noted must not be sent: it would be sent for ever.
  if (is_broken && !write({.channel = std::string(at.channel.name()), .cursor = written_cursor}))
    return false;
  const bool noted = note_outcomes();
  const bool granted = grant_wishes();
  const bool more = take_in();
  const bool started = !is_broken && start_some();
  return noted || granted || more || started;
}

void delivery_engine::impl::wait() {
  std::unique_lock lock(post->mutex);
  const auto woken = [this] { return post->nudged || post->stopping || !post->ended.empty(); };
  if (is_broken) {
    post->wake.wait_for(lock, after_trouble, [this] { return post->stopping; });
    return;
  }
  const auto pause = lanes.empty() ? steady::duration(1h) : steady::duration(look_again);
  post->wake.wait_for(lock, pause, woken);
  post->nudged = false;
}

void delivery_engine::impl::run() {
  for (;;) {
    {
      std::unique_lock lock(post->mutex);
      post->wake.wait(lock, [this] { return !post->paused || post->stopping; });
      if (post->stopping) return;
    }
    try {
      if (step()) continue;
    } catch (const std::exception& e) {
      spdlog::error("{} channel: {}; trying again", at.channel.name(), e.what());
      {
        const std::scoped_lock lock(numbers_mutex);
        numbers.last_error = e.what();
      }
      std::unique_lock lock(post->mutex);
      post->wake.wait_for(lock, after_trouble, [this] { return post->stopping; });
    }
    wait();
  }
}

delivery_engine::delivery_engine(world w, options o) : impl_(std::make_unique<impl>(w, o)) {
  impl_->numbers.channel = w.channel.name();
}

delivery_engine::~delivery_engine() {
  stop();
}

void delivery_engine::start() {
  if (impl_->thread.joinable()) return;
  impl_->thread = std::thread([this] { impl_->run(); });
  ::pthread_setname_np(impl_->thread.native_handle(), "deliveries");
}

void delivery_engine::stop() {
  {
    const std::scoped_lock lock(impl_->post->mutex);
    impl_->post->stopping = true;
    impl_->post->wake.notify_all();
  }
  if (impl_->thread.joinable()) impl_->thread.join();
}

void delivery_engine::nudge() noexcept {
  if (!impl_->at.channel.is_in_use()) return;
  const std::scoped_lock lock(impl_->post->mutex);
  impl_->post->nudged = true;
  impl_->post->wake.notify_all();
}

bool delivery_engine::retry(std::string destination, std::uint64_t position) {
  const std::scoped_lock lock(impl_->post->mutex);
  if (impl_->post->wishes.size() >= most_wishes) return false;
  impl_->post->wishes.emplace_back(std::move(destination), position);
  impl_->post->nudged = true;
  impl_->post->wake.notify_all();
  return true;
}

void delivery_engine::set_paused(bool paused) {
  const std::scoped_lock lock(impl_->post->mutex);
  impl_->post->paused = paused;
  impl_->post->nudged = true;
  impl_->post->wake.notify_all();
}

std::vector<delivery_breakers::status> delivery_engine::breakers() const {
  return impl_->breakers.describe(impl_->at.clock.now());
}

bool delivery_engine::switch_breaker(const std::string& endpoint, bool trip) {
  if (!impl_->at.channel.has_endpoint(endpoint)) return false;
  const auto now = impl_->at.clock.now();
  {
    const auto to = impl_->breakers.of(endpoint);
    trip ? to->breaker.trip(now) : to->breaker.reset(now);
  }
  impl_->breakers.tidy(endpoint, now);
  nudge();
  return true;
}

delivery_engine::status delivery_engine::describe() const {
  status s;
  {
    const std::scoped_lock lock(impl_->numbers_mutex);
    s = impl_->numbers;
  }
  {
    const std::scoped_lock lock(impl_->post->mutex);
    s.under_way = impl_->post->under_way;
    s.paused = impl_->post->paused;
  }
  s.destinations = impl_->at.box.destinations(s.channel);
  return s;
}

}  // namespace atrium
