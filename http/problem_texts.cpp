#include "http/problem_texts.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace atrium::http {
namespace {

// Sorted by what a reader looks for: first the engine's refusals in the order of ec, then the
// transport's.
constexpr problem_text texts[] = {
    {"malformed", 400, "Malformed request", "잘못된 형식의 요청",
     "요청을 해석할 수 없습니다. 형식을 확인한 뒤 다시 보내 주세요."},
    {"unauthenticated", 401, "Sign in first", "로그인이 필요합니다",
     "유효한 인증 정보가 없습니다. Authorization: Bearer 헤더에 API 키나 토큰을 넣어 주세요."},
    {"forbidden", 403, "Not allowed", "권한이 없습니다",
     "이 작업에 필요한 권한이 없습니다. 권한이 있는 계정이나 키를 사용해 주세요."},
    {"not-found", 404, "Not found", "찾을 수 없습니다",
     "요청한 대상이 없거나 볼 수 없습니다. 주소와 식별자를 확인해 주세요."},
    {"idempotency-conflict", 422, "Idempotency-Key was used for another request",
     "이미 다른 요청에 사용된 Idempotency-Key입니다",
     "같은 키로 다른 내용의 요청이 이미 처리되었습니다. 새 키로 다시 보내 주세요."},
    {"validation", 422, "The request has invalid fields", "요청 항목이 올바르지 않습니다",
     "일부 항목이 없거나 허용 범위를 벗어났습니다. 표시된 항목을 고쳐 다시 보내 주세요."},
    {"precondition-required", 428, "If-Match is required", "If-Match 헤더가 필요합니다",
     "먼저 대상을 조회한 뒤 받은 ETag를 If-Match 헤더에 넣어 다시 보내 주세요."},
    {"precondition-failed", 412, "It was changed in the meantime", "그 사이에 변경되었습니다",
     "다른 요청이 먼저 변경했습니다. 다시 조회하여 새 ETag로 보내 주세요."},
    {"rule-violation", 422, "The room's rules refuse this slot",
     "회의실 규칙에 맞지 않는 시간입니다",
     "회의실의 예약 규칙을 벗어났습니다. 표시된 규칙에 맞게 시간을 바꿔 주세요."},
    {"slot-taken", 409, "The slot is taken", "이미 예약된 시간입니다",
     "같은 시간에 다른 예약이나 점유가 있습니다. 다른 시간이나 다른 회의실을 선택해 주세요."},
    {"hold-expired", 410, "The hold has ended", "임시 점유가 끝났습니다",
     "임시 점유가 이미 끝났습니다. 새로 점유하거나 바로 예약해 주세요."},
    {"room-has-bookings", 409, "The room has future bookings", "예정된 예약이 있는 회의실입니다",
     "예정된 예약을 먼저 취소하거나 ?cancelBookings=true 를 붙여 다시 보내 주세요."},
    {"illegal-transition", 409, "Not possible in this state", "현재 상태에서는 할 수 없습니다",
     "대상의 현재 상태에서는 이 작업을 할 수 없습니다. 상태를 다시 조회해 주세요."},
    {"already-exists", 409, "It exists already", "이미 존재합니다",
     "이미 등록되어 있습니다. 기존 것을 조회하거나 수정해 주세요."},
    {"payment-declined", 402, "The payment was declined", "결제가 거절되었습니다",
     "결제가 거절되어 청구되지 않았습니다. 다른 결제 수단으로 다시 시도해 주세요."},
    {"rate-limited", 429, "Too many requests", "요청이 너무 많습니다",
     "허용된 요청 수를 넘었습니다. Retry-After 만큼 기다린 뒤 다시 보내 주세요."},
    {"overloaded", 503, "The server is busy", "서버가 혼잡합니다",
     "지금은 요청이 몰려 처리하지 못했습니다. Retry-After 만큼 기다린 뒤 다시 보내 주세요."},
    {"dependency-unavailable", 503, "A service this needs is not available",
     "필요한 서비스를 사용할 수 없습니다",
     "연결된 서비스가 응답하지 않습니다. 잠시 뒤 다시 보내 주세요."},
    {"view-behind", 503, "The data is not up to date yet", "아직 최신 상태가 반영되지 않았습니다",
     "요청한 위치까지 아직 반영되지 않았습니다. 잠시 뒤 다시 조회해 주세요."},
    {"draining", 503, "The server is shutting down", "서버가 종료되는 중입니다",
     "서버가 종료되는 중입니다. 잠시 뒤 다시 보내 주세요."},
    {"storage-full", 507, "The disk is full", "저장 공간이 부족합니다",
     "저장 공간이 부족하여 아무것도 기록하지 않았습니다. 잠시 뒤 다시 보내 주세요."},
    {"fenced", 503, "Another node took over", "다른 노드가 처리를 이어받았습니다",
     "다른 노드가 처리를 이어받았습니다. 잠시 뒤 다시 보내 주세요."},
    {"timeout", 503, "No answer in time", "제때 응답하지 못했습니다",
     "결과를 아직 알 수 없습니다. 같은 Idempotency-Key로 다시 보내 결과를 확인해 주세요."},
    {"method-not-allowed", 405, "Method not allowed", "허용되지 않은 메서드입니다",
     "이 주소에서는 Allow 헤더에 있는 메서드만 사용할 수 있습니다."},
    {"request-timeout", 408, "The request came too slowly", "요청 시간이 초과되었습니다",
     "요청이 제때 도착하지 않았습니다. 다시 보내 주세요."},
    {"body-too-large", 413, "The body is too large", "본문이 너무 큽니다",
     "요청 본문의 최대 크기를 넘었습니다. 줄여서 다시 보내 주세요."},
    {"target-too-long", 414, "The address is too long", "주소가 너무 깁니다",
     "요청 주소가 너무 깁니다. 쿼리를 줄여 다시 보내 주세요."},
    {"unsupported-media-type", 415, "Unsupported media type", "지원하지 않는 형식입니다",
     "Content-Type: application/json 으로 보내 주세요."},
    {"expectation-failed", 417, "Unknown expectation", "알 수 없는 Expect 헤더입니다",
     "Expect 헤더는 100-continue 만 사용할 수 있습니다."},
    {"header-too-large", 431, "The header is too large", "헤더가 너무 큽니다",
     "요청 헤더가 너무 크거나 너무 많습니다. 줄여서 다시 보내 주세요."},
    {"not-implemented", 501, "Not implemented", "구현되지 않은 기능입니다",
     "이 메서드나 전송 방식은 지원하지 않습니다."},
    {"version-not-supported", 505, "HTTP version not supported", "지원하지 않는 HTTP 버전입니다",
     "HTTP/1.1 로 다시 보내 주세요."},
    // Last: what an unknown name falls back to.
    {"internal", 500, "The server made a mistake", "서버 오류가 발생했습니다",
     "서버에서 오류가 발생했습니다. 같은 Idempotency-Key로 다시 시도하고, 계속되면 traceId와 함께 "
     "알려 주세요."},
};

constexpr std::pair<std::string_view, std::string_view> rules[] = {
    {"opening-hours", "운영 시간"},
    {"step", "예약 단위"},
    {"min-duration", "최소 예약 시간"},
    {"max-duration", "최대 예약 시간"},
    {"capacity", "수용 인원"},
    {"party-size", "인원"},
    {"horizon", "예약 가능 기간"},
    {"past", "지난 시간"},
    {"in-the-past", "지난 시간"},
    {"not-in-past", "지난 시간"},
    {"buffer", "예약 간 간격"},
    {"interval", "시작과 종료"},
    {"order", "시작과 종료의 순서"},
    {"instant", "일시 형식"},
    {"cursor", "페이지 위치"},
    {"unknown-parameter", "알 수 없는 매개변수"},
    {"currency", "통화"},
    {"time-zone", "시간대"},
    {"room-status", "회의실 상태"},
    {"required", "필수 항목"},
    {"unknown-field", "알 수 없는 항목"},
    {"type", "자료형"},
    {"format", "형식"},
    {"range", "허용 범위"},
    {"length", "길이"},
};

}  // namespace

const problem_text& problem_text_of(std::string_view name) {
  const auto* last = std::prev(std::end(texts));
  return *std::find_if(std::begin(texts), last, [&](const auto& t) { return t.name == name; });
}

const problem_text& problem_text_of(ec code) {
  return problem_text_of(to_string(code));
}

std::span<const problem_text> all_problem_texts() {
  return texts;
}

std::string_view rule_in_korean(std::string_view rule) {
  for (const auto& [key, name] : rules)
    if (key == rule) return name;
  return rule;
}

std::string with_original(std::string_view korean, std::string_view english) {
  std::string out(korean);
  if (!english.empty()) out.append(" (").append(english).append(")");
  return out;
}

std::string korean_detail(const failure& f) {
  if (f.code == ec::overloaded && f.reason == "booking-desk")
    return "지금은 예약 창구가 붐빕니다. " + std::to_string((f.retry_after_ms + 999) / 1000) +
           "초 뒤에 다시 시도해 주세요.";
  const auto general = problem_text_of(f.code).detail_ko;
  if (f.violations.empty()) return with_original(general, f.detail);
  std::string out(general);
  for (const auto& v : f.violations) {
    out += " [";
    out += rule_in_korean(v.rule);
    if (!v.pointer.empty()) out += " " + v.pointer;
    if (!v.limit.empty()) out += ", 허용: " + v.limit;
    if (!v.actual.empty()) out += ", 요청: " + v.actual;
    out += "]";
  }
  return out;
}

}  // namespace atrium::http
