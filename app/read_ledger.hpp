#pragma once

#include <filesystem>
#include <future>
#include <memory>
#include <utility>
#include <vector>

#include "domain/failure.hpp"
#include "payments/provider_ledger.hpp"

/// Reads the payment provider's ledger; for threads that have nothing else to do.
namespace atrium {

/// Calls the provider and blocks until it answers.
template <class Answer, class Call>
Answer wait_for(const Call& call) {
  auto promise = std::make_shared<std::promise<Answer>>();
  auto answer = promise->get_future();
  call([promise](Answer a) { promise->set_value(std::move(a)); });
  return answer.get();
}

/// Every entry since `from`. Fails with dependency_unavailable after five attempts at one page.
result<std::vector<provider_entry>> read_ledger(provider_ledger& ledger, instant from);
/// The sandbox's, from its file; also while a server writes it.
result<std::vector<provider_entry>> read_sandbox(const std::filesystem::path& dir);

}  // namespace atrium
