#pragma once

#include <memory>
#include <utility>

namespace atrium {

/// Makes sure that a completion is called: CAF has no broken promise, so a request that dies with
/// its actor would else be silence. The last copy that goes away without having answered answers
/// with `broken()`.
template <class Answer, class Done, class Broken>
class answer_guard {
 public:
  answer_guard(Done done, Broken broken)
      : state_(std::make_shared<state>(std::move(done), std::move(broken))) {}
  void operator()(Answer&& answer) const {
    if (std::exchange(state_->answered, true)) return;
    state_->done(std::move(answer));
  }

 private:
  struct state {
    state(Done d, Broken b) : done(std::move(d)), broken(std::move(b)) {}
    state(const state&) = delete;
    state& operator=(const state&) = delete;
    ~state() {
      if (!answered) done(broken());
    }
    Done done;
    Broken broken;
    bool answered = false;
  };
  std::shared_ptr<state> state_;
};

template <class Answer, class Done, class Broken>
answer_guard<Answer, Done, Broken> guard_answer(Done done, Broken broken) {
  return {std::move(done), std::move(broken)};
}

}  // namespace atrium
