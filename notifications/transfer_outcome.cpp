#include "notifications/transfer_outcome.hpp"

namespace atrium {

delivery_outcome outcome_of_transfer(const outbound::answer& a) {
  using kind = delivery_outcome::kind;
  using end = outbound::answer::end;
  delivery_outcome out;
  out.status = a.status;
  out.detail = a.detail;
  switch (a.how) {
    case end::cancelled:
      out.is = kind::stopped;
      break;
    case end::forbidden:
    case end::unreachable:
      out.is = kind::unreachable;
      break;
    case end::timed_out:
    case end::broken:
      out.is = kind::failed;
      break;
    case end::answered:
      out.is = kind::delivered;
      break;
  }
  return out;
}

}  // namespace atrium
