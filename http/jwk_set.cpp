#include "http/jwk_set.hpp"

#include <sodium.h>

#include <algorithm>
#include <cjose/cjose.h>
#include <utility>

namespace atrium::http {
namespace {

using enum jws_algorithm;

constexpr std::pair<std::string_view, jws_algorithm> names[] = {
    {"RS256", rs256}, {"RS384", rs384}, {"RS512", rs512}, {"PS256", ps256}, {"PS384", ps384},
    {"PS512", ps512}, {"ES256", es256}, {"ES384", es384}, {"ES512", es512}, {"EdDSA", eddsa}};

constexpr std::size_t least_rsa_bytes = 256, most_rsa_bytes = 1024;
constexpr std::size_t most_exponent_bytes = 8;
constexpr std::size_t most_kid_bytes = 256;

std::optional<std::string> text_of(json_value object, std::string_view name) {
  const auto found = object.find(name);
  if (!found || found->type() != json_value::kind::string) return {};
  return std::string(found->text());
}

/// R and S, each as long as a coordinate (RFC 7518, 3.4). cjose 0.6 splits any length in two.
std::size_t ecdsa_bytes(jws_algorithm a) {
  switch (a) {
    case es256:
      return 64;
    case es384:
      return 96;
    case es512:
      return 132;
    default:
      return 0;
  }
}

/// What the type, the curve and the sizes of a key allow; empty: nothing, `why` says so.
std::vector<jws_algorithm> algorithms_for(json_value jwk, std::string& why) {
  const auto kty = text_of(jwk, "kty").value_or("");
  const auto crv = text_of(jwk, "crv").value_or("");
  if (kty == "RSA") {
    const auto n = decode_base64url(text_of(jwk, "n").value_or(""));
    const auto e = decode_base64url(text_of(jwk, "e").value_or(""));
    if (n && e && n->size() >= least_rsa_bytes && n->size() <= most_rsa_bytes && !e->empty() &&
        e->size() <= most_exponent_bytes && n->front() != 0)
      return {rs256, rs384, rs512, ps256, ps384, ps512};
    why = "RSA keys have 2048 to 8192 bits";
  } else if (kty == "EC") {
    if (crv == "P-256") return {es256};
    if (crv == "P-384") return {es384};
    if (crv == "P-521") return {es512};
    why = "its curve is none of P-256, P-384 and P-521";
  } else if (kty == "OKP") {
    if (crv == "Ed25519") return {eddsa};
    why = "its curve is not Ed25519";
  } else {
    why = "its type is none of RSA, EC and OKP";
  }
  return {};
}

/// "use", "key_ops" and "alg" narrow what a key is for (RFC 7517, 4.2 to 4.4).
bool is_for_signatures(json_value jwk) {
  if (jwk.find("use") && text_of(jwk, "use") != "sig") return false;
  const auto ops = jwk.find("key_ops");
  if (!ops) return true;
  if (ops->type() != json_value::kind::array) return false;
  for (std::size_t i = 0; i < ops->size(); ++i)
    if (ops->at(i).type() == json_value::kind::string && ops->at(i).text() == "verify") return true;
  return false;
}

struct jws_release {
  void operator()(cjose_jws_t* j) const { cjose_jws_release(j); }
};

}  // namespace

std::string_view to_string(jws_algorithm a) {
  for (const auto& [name, algorithm] : names)
    if (algorithm == a) return name;
  return "";
}

std::optional<jws_algorithm> parse_jws_algorithm(std::string_view name) {
  for (const auto& [known, algorithm] : names)
    if (known == name) return algorithm;
  return {};
}

std::optional<std::string> decode_base64url(std::string_view text) {
  std::string out(text.size() * 3 / 4 + 1, '\0');
  std::size_t n = 0;
  const char* end = nullptr;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(out.data()), out.size(), text.data(),
                        text.size(), nullptr, &n, &end,
                        sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
      end != text.data() + text.size())
    return {};
  out.resize(n);
  return out;
}

void jwk_set::release::operator()(_cjose_jwk_int* k) const {
  cjose_jwk_release(k);
}

jwk_set::jwk_set(jwk_set&&) noexcept = default;
jwk_set::~jwk_set() = default;

result<jwk_set> jwk_set::parse(std::string_view json) {
  const auto wrong = [](std::string detail) {
    return failure{.code = ec::malformed, .detail = std::move(detail)};
  };
  if (json.size() > most_bytes)
    return wrong("the key set has more than " + std::to_string(most_bytes) + " bytes");
  const auto doc = json_document::parse(json);
  if (!doc) return wrong("the key set is not valid JSON: " + doc.error().detail);
  if (doc->root().type() != json_value::kind::object) return wrong("the key set is no JSON object");
  const auto keys = doc->root().find("keys");
  if (!keys || keys->type() != json_value::kind::array)
    return wrong("the key set has no array \"keys\"");
  if (keys->size() > most_keys)
    return wrong("the key set has more than " + std::to_string(most_keys) + " keys");
  jwk_set out;
  for (std::size_t i = 0; i < keys->size(); ++i)
    if (auto why = out.add(keys->at(i)))
      out.skipped_.push_back("key " + std::to_string(i + 1) + " is left out: " + *why);
  if (out.keys_.empty())
    return wrong("the key set holds no public key that may check signatures" +
                 (out.skipped_.empty() ? std::string() : " (" + out.skipped_.front() + ")"));
  return out;
}

std::optional<std::string> jwk_set::add(json_value jwk) {
  if (jwk.type() != json_value::kind::object) return "it is no JSON object";
  if (jwk.find("d") || jwk.find("k")) return "it is private; publish public keys only";
  if (!is_for_signatures(jwk)) return "it is not for signatures";
  key k;
  std::string why;
  k.fits = algorithms_for(jwk, why);
  if (k.fits.empty()) return why;
  if (const auto only = text_of(jwk, "alg"))
    std::erase_if(k.fits, [&](jws_algorithm a) { return to_string(a) != *only; });
  if (k.fits.empty()) return "its \"alg\" is none that its type allows";
  k.kid = text_of(jwk, "kid").value_or("");
  if (k.kid.size() > most_kid_bytes) return "its \"kid\" is too long";
  if (k.fits.front() == eddsa) {
    const auto x = decode_base64url(text_of(jwk, "x").value_or(""));
    if (!x || x->size() != k.ed25519.size()) return "its \"x\" does not have 32 bytes";
    std::copy(x->begin(), x->end(), k.ed25519.begin());
  } else {
    // Only the members checked above go on, so that nothing else of the text is interpreted.
    std::string json = "{\"kty\":\"" + *text_of(jwk, "kty") + "\"";
    for (const char* name : {"crv", "n", "e", "x", "y"})
      if (const auto value = text_of(jwk, name)) {
        if (std::string_view(name) != "crv" && !decode_base64url(*value))
          return std::string("its \"") + name + "\" is not base64url";
        json += std::string(",\"") + name + "\":\"" + *value + "\"";
      }
    json += '}';
    k.cjose.reset(cjose_jwk_import(json.data(), json.size(), nullptr));
    if (!k.cjose) return "its numbers make no key (x and y need all bytes of their curve)";
  }
  keys_.push_back(std::move(k));
  return {};
}

bool jwk_set::is_signed_by(const key& k, std::string_view token, jws_algorithm alg) {
  const auto dot = token.rfind('.');
  const auto signature = decode_base64url(token.substr(dot + 1));
  if (!signature) return false;
  if (!k.cjose)
    return signature->size() == crypto_sign_BYTES &&
           crypto_sign_verify_detached(reinterpret_cast<const unsigned char*>(signature->data()),
                                       reinterpret_cast<const unsigned char*>(token.data()), dot,
                                       k.ed25519.data()) == 0;
  if (const auto wanted = ecdsa_bytes(alg); wanted != 0 && signature->size() != wanted)
    return false;
  const std::unique_ptr<cjose_jws_t, jws_release> jws(
      cjose_jws_import(token.data(), token.size(), nullptr));
  return jws && cjose_jws_verify(jws.get(), k.cjose.get(), nullptr);
}

jwk_set::verdict jwk_set::check(std::string_view token, jws_algorithm alg,
                                const std::optional<std::string>& kid) const {
  std::vector<const key*> candidates;
  for (const auto& k : keys_)
    if ((!kid || k.kid == *kid) && std::find(k.fits.begin(), k.fits.end(), alg) != k.fits.end())
      candidates.push_back(&k);
  if (candidates.empty()) return verdict::unknown_key;
  if (!kid && candidates.size() > 1) return verdict::ambiguous;
  for (const auto* k : candidates)
    if (is_signed_by(*k, token, alg)) return verdict::good;
  return verdict::bad;
}

}  // namespace atrium::http
