#include "tests/notifications/engine_fixture.hpp"

#include <algorithm>

namespace atrium::test {

instant set_clock::now() const {
  const std::scoped_lock lock(mutex_);
  return now_;
}

void set_clock::advance(milliseconds by) {
  const std::scoped_lock lock(mutex_);
  now_ += by;
}

// ---- the channel -------------------------------------------------------------------------------

delivery_channel::routed scripted_channel::route(const stored_event& e) {
  const auto& act = std::get<ev::operator_acted>(e.what);
  routed out;
  if (act.action == "forget") {
    out.gone.push_back("test/" + act.target);
    return out;
  }
  delivery d;
  d.destination = "test/" + act.target;
  d.type = "operator.acted";
  out.messages.push_back(std::move(d));
  return out;
}

bool scripted_channel::send(const delivery& d, done on_done) {
  std::optional<kind> how;
  {
    const std::scoped_lock lock(mutex_);
    attempts_.emplace_back(d.destination, d.position);
    if (const auto it = by_position_.find(d.position); it != by_position_.end())
      how = it->second;
    else if (const auto at = by_destination_.find(d.destination); at != by_destination_.end())
      how = at->second;
    if (how == kind::delivered) delivered_.emplace_back(d.destination, d.position);
    if (!how) open_.push_back({d.destination, d.position, std::move(on_done)});
  }
  changed_.notify_all();
  if (how) on_done({*how, 0, "as told", {}});
  return true;
}

void scripted_channel::answers(const std::string& destination, kind how) {
  const std::scoped_lock lock(mutex_);
  by_destination_["test/" + destination] = how;
}

void scripted_channel::answers(std::uint64_t position, kind how) {
  const std::scoped_lock lock(mutex_);
  by_position_[position] = how;
}

void scripted_channel::stays_silent(const std::string& destination) {
  const std::scoped_lock lock(mutex_);
  by_destination_.erase("test/" + destination);
}

namespace {
std::vector<std::uint64_t> positions_of(
    const std::vector<std::pair<std::string, std::uint64_t>>& all, const std::string& destination) {
  std::vector<std::uint64_t> out;
  for (const auto& [name, position] : all)
    if (name == "test/" + destination) out.push_back(position);
  return out;
}
}  // namespace

std::vector<std::uint64_t> scripted_channel::attempts(const std::string& destination) const {
  const std::scoped_lock lock(mutex_);
  return positions_of(attempts_, destination);
}

std::vector<std::uint64_t> scripted_channel::delivered(const std::string& destination) const {
  const std::scoped_lock lock(mutex_);
  return positions_of(delivered_, destination);
}

bool scripted_channel::wait(const std::function<bool()>& until) const {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!until()) {
    std::unique_lock lock(mutex_);
    if (std::chrono::steady_clock::now() > deadline) return false;
    changed_.wait_for(lock, std::chrono::milliseconds(10));
  }
  return true;
}

std::vector<scripted_channel::attempt> scripted_channel::take_open() {
  const std::scoped_lock lock(mutex_);
  return std::exchange(open_, {});
}

// ---- the engine --------------------------------------------------------------------------------

EngineTest::EngineTest() {
  read = std::move(views::open({.dir = dir / "views"})).value();
  options.seed = 1;
}

EngineTest::~EngineTest() {
  engine.reset();
}

void EngineTest::start(bool on_a_new_outbox) {
  engine.reset();
  box.reset();
  if (on_a_new_outbox) ++outboxes;
  const auto name = "outbox" + std::to_string(outboxes);
  box = std::move(outbox::open({.dir = dir / name.c_str(), .journal_id = log.id()})).value();
  engine = std::make_unique<delivery_engine>(
      delivery_engine::world{log, *read, *box, channel, clock}, options);
  engine->start();
}

std::uint64_t EngineTest::tell(const std::string& destination) {
  new_event e;
  e.stream = "audit";
  e.seq = log.durable_position() + 1;
  e.at = clock.now();
  e.what = ev::operator_acted{{}, "tell", destination, ""};
  log.append(0, {encode_record(e)}, [](const append_result&) {});
  log.flush();
  const auto position = log.durable_position();
  auto& projection = read->as_projection();
  projection.begin();
  projection.commit(position);
  if (engine) engine->nudge();
  return position;
}

std::vector<std::uint64_t> EngineTest::tell(const std::string& destination, std::size_t times) {
  std::vector<std::uint64_t> all;
  for (std::size_t i = 0; i < times; ++i) all.push_back(tell(destination));
  return all;
}

delivery EngineTest::stored(const std::string& destination, std::uint64_t position) const {
  return box->find("test/" + destination, position).value_or(delivery{});
}

}  // namespace atrium::test
