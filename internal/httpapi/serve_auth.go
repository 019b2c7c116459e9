package httpapi

import (
	"context"
	"mime"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"aitrader/internal/apikey"
	"aitrader/internal/netaddr"
	"aitrader/internal/sim"
)

// guard identifies the caller. Without configured keys it serves this machine only,
// unless the service is open to all, and answers to names of its own only.
func (s *server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.Keys.IsEmpty() && !s.OpenToAll && !netaddr.IsLoopback(r.RemoteAddr) {
			fail(w, r, sim.Errorf(sim.KindForbidden,
				"no API key is configured, so only clients on the same machine are served; set AITRADER_API_KEYS"))
			return
		}
		if s.Keys.IsEmpty() && !s.answersTo(r) {
			fail(w, r, sim.Errorf(sim.KindForbidden,
				"Host %q: without API keys, localhost, a loopback address or a name listed in AITRADER_HOSTS is expected", r.Host))
			return
		}
		s.identify(r)
		next.ServeHTTP(w, r)
	})
}

// identify finds out whose key a request carries. Wrong keys are limited per client; a
// right one always passes, since clients can share an address.
func (s *server) identify(r *http.Request) {
	if s.Keys.IsEmpty() {
		return
	}
	record, presented := requestOf(r.Context()), presentedKey(r.Header)
	if key, ok := s.Keys.Find(presented); ok {
		record.key = &key
		return
	}
	record.refusal = sim.Errorf(sim.KindUnauthorized, "a valid API key is required: Authorization: Bearer KEY, or X-API-Key: KEY")
	if presented == "" {
		return
	}
	if wait := s.guesses.Wrong(r.RemoteAddr, s.Now()); wait > 0 {
		record.refusal = &later{
			sim.Errorf(sim.KindRateLimited, "too many wrong API keys came from this address; try again after Retry-After"), wait,
		}
	}
}

// answersTo reports whether a request names this service. A page of another site can
// bind its own name to the address of this service (DNS rebinding): then a browser takes
// both for one site and lets the page read every answer, but the name shows in the Host
// header. No site can have the address itself as its name.
func (s *server) answersTo(r *http.Request) bool {
	host := netaddr.Host(r.Host)
	if netaddr.IsLocalhost(host) || slices.Contains(s.Hosts, host) {
		return true
	}
	if s.OpenToAll && len(s.Hosts) == 0 {
		return true
	}
	local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	return ok && host != "" && netaddr.Host(local.String()) == host
}

// presentedKey returns the key that a request carries, or "".
func presentedKey(h http.Header) string {
	scheme, key, _ := strings.Cut(h.Get("Authorization"), " ")
	if strings.EqualFold(scheme, "Bearer") {
		return strings.TrimSpace(key)
	}
	return h.Get("X-API-Key")
}

// HasScope reports whether headers carry one of the keys that has a scope.
func HasScope(h http.Header, keys apikey.Set, scope apikey.Scope) bool {
	key, ok := keys.Find(presentedKey(h))
	return ok && key.Allows(scope)
}

// authenticate returns nil when the caller has a key, or needs none.
func authenticate(ctx context.Context) error {
	return requestOf(ctx).refusal
}

// authorize returns nil when the caller may use a route that needs a scope.
func authorize(ctx context.Context, scope apikey.Scope) error {
	if err := authenticate(ctx); err != nil {
		return err
	}
	if key := requestOf(ctx).key; key != nil && !key.Allows(scope) {
		return sim.Errorf(sim.KindForbidden, "the API key %q lacks the scope %q", key.ID(), scope).With("required_scope", scope)
	}
	return nil
}

// checkOrigin refuses a request to change something that a web page elsewhere could
// have sent from a browser on this machine. With keys the page would need one.
// Without, three things keep it out: a browser asks first (CORS) before it sends
// JSON to another site, and never gets permission; it says where a request comes
// from; and guard refuses the names of other sites.
func (s *server) checkOrigin(r *http.Request) error {
	if !s.Keys.IsEmpty() {
		return nil
	}
	if crossSite(r) {
		return sim.Errorf(sim.KindForbidden, "the request comes from a page of another site (Origin %q), which is refused without API keys",
			r.Header.Get("Origin"))
	}
	contentType := r.Header.Get("Content-Type")
	if contentType == "" && r.ContentLength == 0 {
		return nil
	}
	if media, _, err := mime.ParseMediaType(contentType); err != nil || media != "application/json" {
		return sim.Errorf(sim.KindInvalid,
			"Content-Type %q: without API keys, application/json is expected (curl -H 'Content-Type: application/json')", contentType)
	}
	return nil
}

// crossSite reports whether a browser says that a page of another site sent the
// request.
func crossSite(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "same-origin", "none":
	default:
		return true
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return false
	}
	u, err := url.Parse(origin)
	return err != nil || !strings.EqualFold(u.Host, r.Host)
}
