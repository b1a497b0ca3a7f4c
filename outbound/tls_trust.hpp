#pragma once

#include <boost/asio/ssl/context.hpp>

#include <memory>
#include <string>

/// Private to this folder.
namespace atrium::outbound {

/// For connections to servers whose certificates lead to one in `ca_file`, or to one of the
/// system's when it is "". TLS 1.2 at least, ALPN "http/1.1". Throws std::invalid_argument with a
/// text for people when the file cannot be used.
std::unique_ptr<boost::asio::ssl::context> trusting(const std::string& ca_file);

}  // namespace atrium::outbound
