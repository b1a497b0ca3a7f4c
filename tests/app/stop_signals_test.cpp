#include "app/stop_signals.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

namespace atrium {
namespace {

/// What a child process that runs `body` ended with, as waitpid() says it.
template <class Body>
int status_of_child(const Body& body) {
  const pid_t child = ::fork();
  if (child == 0) {
    body();
    ::_exit(0);
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return status;
}

TEST(StopSignalsTest, ASignalIsWaitedForAndDoesNotKill) {
  const int status = status_of_child([] {
    stop_signals signals;
    ::kill(::getpid(), SIGTERM);
    if (signals.wait() != SIGTERM) ::_exit(1);
    ::kill(::getpid(), SIGINT);
    if (signals.wait() != SIGINT) ::_exit(2);
  });
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(StopSignalsTest, HangUpIsWaitedForAndNeverKills) {
  const int status = status_of_child([] {
    stop_signals signals;
    ::kill(::getpid(), SIGHUP);
    if (signals.wait() != SIGHUP) ::_exit(1);
    signals.release();
    ::kill(::getpid(), SIGHUP);
  });
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(StopSignalsTest, TheSecondSignalKillsAtOnce) {
  const int status = status_of_child([] {
    stop_signals signals;
    ::kill(::getpid(), SIGTERM);
    signals.wait();
    signals.release();
    ::kill(::getpid(), SIGINT);
  });
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGINT);
}

}  // namespace
}  // namespace atrium
