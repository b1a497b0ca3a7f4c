#include "app/thread_priorities.hpp"

#include <gtest/gtest.h>

#include <future>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>

namespace atrium {
namespace {

int nice_of(pid_t thread) {
  return ::getpriority(PRIO_PROCESS, static_cast<id_t>(thread));
}

/// A thread that lives until the test ends.
class waiting_thread {
 public:
  waiting_thread()
      : thread_([this] {
          told_.set_value(::gettid());
          over_.get_future().wait();
        }) {
    id = told_.get_future().get();
  }
  ~waiting_thread() {
    over_.set_value();
    thread_.join();
  }
  pid_t id = 0;

 private:
  std::promise<pid_t> told_;
  std::promise<void> over_;
  std::thread thread_;
};

TEST(ThreadPrioritiesTest, EverybodyStepsBackBehindThoseWhoServe) {
  const waiting_thread serving, working;
  const int before = nice_of(serving.id);
  prefer_threads({serving.id}, 0);
  EXPECT_EQ(nice_of(working.id), before) << "0: nobody does";

  prefer_threads({serving.id}, 3);
  EXPECT_EQ(nice_of(serving.id), before);
  EXPECT_EQ(nice_of(working.id), before + 3);
  EXPECT_EQ(nice_of(::gettid()), before + 3);
  const waiting_thread later;
  EXPECT_EQ(nice_of(later.id), before + 3) << "inherited";

  prefer_threads({serving.id}, 3);
  EXPECT_EQ(nice_of(working.id), before + 3) << "steps back once, not once more";
  prefer_threads({serving.id}, 100);
  EXPECT_EQ(nice_of(working.id), 19) << "as far as there is";
}

}  // namespace
}  // namespace atrium
