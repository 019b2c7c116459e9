// Package callback delivers completion callbacks: when a job ends, it posts the
// job's final status to the address that the trigger named.
//
// Delivery is at-least-once. The store keeps a callback with its job until the
// receiver answers 2xx, or 410 Gone, or the [Deliverer] gives up. A process that
// dies between the answer and the removal delivers again, with the same id.
//
// The [Sender] makes one call: a POST with a JSON body, signed as in Standard
// Webhooks 1.0.0 (https://github.com/standard-webhooks/standard-webhooks).
//
// An address comes from outside, and must not open the network of the service. Its
// host is on a list (hosts.go). The IP address is checked when the connection is
// made, so that a later answer of a name server cannot change it (address.go).
// Redirects are not followed, and proxy settings are ignored. The address is also
// a secret: no error of this package reveals more of it than the IP address of the
// host.
package callback
