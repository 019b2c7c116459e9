package callback_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"time"

	"aitrader/internal/callback"
	"aitrader/internal/sim"
)

// exampleSecret is AITRADER_WEBHOOK_SECRET: the sender and the receiver have it.
const exampleSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// verified reports whether a callback is signed with the secret, and at most five
// minutes old or early: Standard Webhooks 1.0.0, scheme v1. The header can hold several
// signatures, separated by spaces.
func verified(header http.Header, body []byte, now time.Time) bool {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(exampleSecret, "whsec_"))
	if err != nil {
		return false
	}
	stamp := header.Get("webhook-timestamp")
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || now.Sub(time.Unix(seconds, 0)).Abs() > 5*time.Minute {
		return false
	}
	mac := hmac.New(sha256.New, key)
	_, _ = fmt.Fprintf(mac, "%s.%s.%s", header.Get("webhook-id"), stamp, body)
	want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	for given := range strings.FieldsSeq(header.Get("webhook-signature")) {
		if hmac.Equal([]byte(given), []byte(want)) { // takes the same time whatever differs
			return true
		}
	}
	return false
}

// A receiver verifies the signature over the body as it came, before it decodes it.
func ExampleSender_Send() {
	now := func() time.Time { return time.Unix(1614265330, 0) }
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		fmt.Println("as sent:", verified(r.Header, body, now()))
		fmt.Println("changed:", verified(r.Header, append(body, ' '), now()))
		fmt.Println("an hour later:", verified(r.Header, body, now().Add(time.Hour)))
	}))
	defer receiver.Close()

	hosts, err := callback.ParseHosts(receiver.Listener.Addr().String())
	if err != nil {
		fmt.Println(err)
		return
	}
	sender := callback.NewSender(callback.SenderOptions{
		Hosts: hosts,
		Secret: func(context.Context) (callback.SigningSecret, error) {
			return callback.ParseSigningSecret(exampleSecret)
		},
		Now:             now,
		PlainOnLoopback: true,
	})
	body := []byte(`{"job_id":"job-1","status":"completed"}`)
	fmt.Println(sender.Send(context.Background(), sim.CallbackURL(receiver.URL+"/done"), "job-1", body))
	// Output:
	// as sent: true
	// changed: false
	// an hour later: false
	// <nil>
}
