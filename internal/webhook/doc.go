// Package webhook calls the addresses that callers of the service name: one POST
// with a body, signed as Standard Webhooks say
// (https://github.com/standard-webhooks/standard-webhooks, spec 1.0.0).
//
// An address comes from outside, and must not become a way into the network of the
// service. Its host is on a list (hosts.go); what the name stands for is checked
// when the connection is made, so that no later answer of a name server counts
// (address.go); redirects are not followed, and no proxy is asked. It is a secret
// besides: no error of this package holds more of it than the host's addresses.
package webhook
