package httpapi

import (
	"context"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"aitrader/internal/apikey"
	"aitrader/internal/netaddr"
	"aitrader/internal/sim"
)

// guard identifies the caller. Without configured keys it serves this machine only,
// unless the service is open to all.
func (s *server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.Keys.IsEmpty() && !s.OpenToAll && !netaddr.IsLoopback(r.RemoteAddr) {
			fail(w, r, sim.Errorf(sim.KindForbidden,
				"no API key is configured, so only clients on the same machine are served; set AITRADER_API_KEYS"))
			return
		}
		if key, ok := s.Keys.Find(presentedKey(r.Header)); ok {
			requestOf(r.Context()).key = &key
		}
		next.ServeHTTP(w, r)
	})
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

// authorize returns nil when the caller may use a route that needs a scope.
func (s *server) authorize(ctx context.Context, scope apikey.Scope) error {
	key := requestOf(ctx).key
	switch {
	case s.Keys.IsEmpty():
		return nil
	case key == nil:
		return sim.Errorf(sim.KindUnauthorized, "a valid API key is required: Authorization: Bearer KEY, or X-API-Key: KEY")
	case !key.Allows(scope):
		return sim.Errorf(sim.KindForbidden, "the API key %q lacks the scope %q", key.ID(), scope).With("required_scope", scope)
	}
	return nil
}

// checkOrigin refuses a request to change something that a web page elsewhere could
// have sent from a browser on this machine. With keys the page would need one.
// Without, three things keep it out: a browser asks first (CORS) before it sends
// JSON to another site, and never gets permission; it says where a request comes
// from; and a name that was bound to this machine's address for the purpose (DNS
// rebinding) shows in the Host header.
func (s *server) checkOrigin(r *http.Request) error {
	if !s.Keys.IsEmpty() {
		return nil
	}
	if !s.OpenToAll && !netaddr.IsLocalhost(r.Host) {
		return sim.Errorf(sim.KindForbidden, "Host %q: without API keys, localhost or a loopback address is expected", r.Host)
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
