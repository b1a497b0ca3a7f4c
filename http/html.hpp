#pragma once

#include <string>
#include <string_view>

#include "http/message.hpp"

/// Pages for people: text that stays text, and a policy under which nothing else runs.
namespace atrium::http {

/// Text between tags or inside a quoted attribute.
std::string escaped(std::string_view text);

/// 200 with a page whose one `<style>` element holds exactly `style`: the policy allows that by its
/// hash, and no script, image, frame or form at all.
response html_answer(std::string page, std::string_view style);

}  // namespace atrium::http
