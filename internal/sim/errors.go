package sim

import (
	"errors"
	"fmt"
	"maps"
	"strings"
)

// Kind classifies an error by what the caller can do about it. Code acts on a
// kind and never on a text; the HTTP layer maps kinds to status codes in one
// table.
type Kind string

// The kinds of errors. Their texts are the stable codes of the HTTP API.
const (
	KindInvalid             Kind = "invalid_request"      // the request itself is wrong; repeating it is useless
	KindUnauthorized        Kind = "unauthorized"         // no valid key
	KindForbidden           Kind = "forbidden"            // a valid key without the needed scope
	KindNotFound            Kind = "not_found"            // what is named does not exist
	KindNoData              Kind = "no_data"              // the question is fine, and nothing is stored that answers it
	KindConflict            Kind = "conflict"             // another job, or the state of this one, prevents it
	KindTooLarge            Kind = "too_large"            // the answer or the request passes a limit
	KindIdempotencyMismatch Kind = "idempotency_mismatch" // the key was used before with another request
	KindRateLimited         Kind = "rate_limited"         // too many requests
	KindBusy                Kind = "busy"                 // another holder has the lease; try again later
	KindFenced              Kind = "fenced"               // the right to write has been lost for good
	KindBudget              Kind = "budget"               // what it may cost is used up
	KindStale               Kind = "stale"                // what was read has changed meanwhile; read and decide again
	KindUnavailable         Kind = "unavailable"          // something outside is missing or down; try again later
	KindDamaged             Kind = "damaged"              // the store is damaged, or its files were taken away: restart or restore it
	KindInternal            Kind = "internal"             // a fault of this program
)

// Error is an error with a kind. Message is for the caller: it names the place, the
// value and what is allowed, and carries nothing internal or secret. Fields are
// machine-readable details for the answer, and Err is the cause, for the log.
//
// Stop marks an error of a model that matters beyond its model-day: [StopFault] or
// [StopUnreachable]. Set it where the error is made; it survives wrapping.
type Error struct {
	Kind    Kind
	Message string
	Fields  map[string]any
	Err     error
	Stop    StopReason
}

// Error returns the kind and the message, and the cause unless the message contains
// it. It is for the log; only Message goes to a caller.
func (e *Error) Error() string {
	if e.Err == nil || e.tellsCause() {
		return fmt.Sprintf("%s: %s", e.Kind, e.Message)
	}
	return fmt.Sprintf("%s: %s: %v", e.Kind, e.Message, e.Err)
}

func (e *Error) tellsCause() bool {
	text := e.Err.Error()
	if inner, ok := e.Err.(*Error); ok && (inner.Err == nil || inner.tellsCause()) {
		text = inner.Message
	}
	return strings.Contains(e.Message, text)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Errorf makes an error of a kind. One %w verb is allowed; its operand is the cause.
// The message contains the message of a cause that is an [Error], and the text of
// any other cause; but an error of kind internal or unavailable, which is not the
// caller's fault, leaves that text to the log.
func Errorf(kind Kind, format string, args ...any) *Error {
	wrapped := fmt.Errorf(format, args...)
	e := &Error{Kind: kind, Message: wrapped.Error(), Err: errors.Unwrap(wrapped)}
	if e.Err == nil {
		return e
	}
	said := e.Err.Error()
	if inner, ok := e.Err.(*Error); ok {
		e.Message = strings.Replace(e.Message, said, inner.Message, 1)
	} else if kind == KindInternal || kind == KindUnavailable {
		e.Message = strings.Replace(strings.Replace(e.Message, ": "+said, "", 1), said, "", 1)
	}
	return e
}

// Translated returns the error that an adapter makes of an error of a library: the
// cause is for the log, and the message for the caller.
func Translated(kind Kind, message string, cause error) *Error {
	return &Error{Kind: kind, Message: message, Err: cause}
}

// With returns a copy of the error with one more field.
func (e *Error) With(name string, value any) *Error {
	c := *e
	c.Fields = make(map[string]any, len(e.Fields)+1)
	maps.Copy(c.Fields, e.Fields)
	c.Fields[name] = value
	return &c
}

// Stopping returns a copy of the error that is marked with a fault of a model.
func (e *Error) Stopping(fault StopReason) *Error {
	c := *e
	c.Stop = fault
	return &c
}

// StopOf returns the fault of a model that marks an [Error] in the chain of an error: the
// outermost one; "" if none does.
func StopOf(err error) StopReason {
	for {
		e, ok := errors.AsType[*Error](err)
		if !ok {
			return ""
		}
		if e.Stop != "" {
			return e.Stop
		}
		err = e.Err
	}
}

// KindOf returns the kind of an error: that of the outermost [Error] in its chain,
// or KindInternal for a chain without one. It is "" for nil.
func KindOf(err error) Kind {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return KindInternal
}

// MessageOf returns the text of an error for people: the message of the outermost
// [Error] in its chain, without its kind, or else the error's own text.
func MessageOf(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Message
	}
	return err.Error()
}

// IsKind reports whether an error is of a kind.
func IsKind(err error, kind Kind) bool { return err != nil && KindOf(err) == kind }
