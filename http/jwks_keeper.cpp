#include "http/jwks_keeper.hpp"

#include <spdlog/spdlog.h>

#include <pthread.h>

namespace atrium::http {

jwks_keeper::jwks_keeper(fetcher fetch, options o)
    : fetch_(std::move(fetch)), options_(std::move(o)) {}

jwks_keeper::~jwks_keeper() {
  stop();
}

std::shared_ptr<const jwk_set> jwks_keeper::keys() const {
  const std::lock_guard lock(mutex_);
  return keys_;
}

bool jwks_keeper::ask_for_newer() {
  const std::lock_guard lock(mutex_);
  if (fetching_ || asked_) return true;
  if (tried_ && now() - last_try_ < options_.least_pause) return false;
  asked_ = true;
  wake_.notify_one();
  return true;
}

void jwks_keeper::refresh_now() {
  const std::lock_guard lock(mutex_);
  asked_ = true;
  wake_.notify_one();
}

void jwks_keeper::adopt(std::string text, jwk_set keys) {
  const std::lock_guard lock(mutex_);
  ++numbers_.fetched;
  last_success_ = now();
  if (keys_ && text == text_) return;  // what was verified stays so
  numbers_.keys = keys.size();
  keys_ = std::make_shared<const jwk_set>(std::move(keys));
  text_ = std::move(text);
  generation_.fetch_add(1, std::memory_order_release);
}

result<void> jwks_keeper::fetch_once() {
  {
    const std::lock_guard lock(mutex_);
    fetching_ = true;
    asked_ = false;
  }
  auto text = fetch_(stopping_);
  auto parsed = text ? jwk_set::parse(*text) : result<jwk_set>(text.error());
  if (parsed) {
    for (const auto& why : parsed->skipped()) spdlog::warn("token keys: {}", why);
    adopt(std::move(*text), std::move(*parsed));
  }
  const std::lock_guard lock(mutex_);
  fetching_ = false;
  tried_ = true;
  last_try_ = now();
  failing_ = !parsed;
  if (parsed) return {};
  ++numbers_.failed;
  return parsed.error();
}

void jwks_keeper::start() {
  if (thread_.joinable()) return;
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "atrium-jwks");
    run();
  });
}

void jwks_keeper::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const auto pause = failing_ ? options_.retry : options_.interval;
    if (tried_ && !asked_)
      wake_.wait_until(lock, last_try_ + pause, [&] { return stopping_ || asked_; });
    if (stopping_) return;
    lock.unlock();
    if (const auto done = fetch_once(); !done)
      spdlog::warn("token keys: {}; {}", done.error().detail,
                   keys() ? "the old ones stay in use" : "nobody can sign in by token yet");
    lock.lock();
  }
}

void jwks_keeper::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

jwks_keeper::numbers jwks_keeper::stats() const {
  const std::lock_guard lock(mutex_);
  auto out = numbers_;
  if (keys_)
    out.age_s = std::chrono::duration_cast<std::chrono::seconds>(now() - last_success_).count();
  return out;
}

}  // namespace atrium::http
