#pragma once

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/protocol/command_port.hpp"

/// Calling the command port from a thread that may wait: start-up and the demonstration office.
namespace atrium {

/// From the text of an API key to what is stored of it.
using key_hasher = std::function<std::string(std::string_view key)>;

/// Who acts when the program itself does.
inline command_context engine_context(const clock_port& clock, account_id principal) {
  return {std::move(principal), "00000000000000000000000000000001",
          clock.now() + std::chrono::seconds(30)};
}

/// Starts every call and waits for all answers, in order. An answer that does not come within a
/// minute is a timeout failure. `call(i, done)` must lead to exactly one call of done.
template <class T>
std::vector<result<T>> ask_all(
    std::size_t count,
    const std::function<void(std::size_t, std::function<void(result<T>)>)>& call) {
  std::vector<std::future<result<T>>> waiting;
  waiting.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    auto answer = std::make_shared<std::promise<result<T>>>();
    waiting.push_back(answer->get_future());
    call(i, [answer](result<T> r) { answer->set_value(std::move(r)); });
  }
  std::vector<result<T>> answers;
  answers.reserve(count);
  const auto until = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  for (auto& one : waiting) {
    if (one.wait_until(until) == std::future_status::ready)
      answers.push_back(one.get());
    else
      answers.push_back(failure{ec::timeout, "no answer within a minute"});
  }
  return answers;
}

inline result<entity_answer> ask(command_port& port, const command_context& ctx, entity_task task) {
  return std::move(ask_all<entity_answer>(1, [&](std::size_t, auto done) {
                     port.execute(task, ctx, std::move(done));
                   }).front());
}

}  // namespace atrium
