package dynamotest

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"runtime"
	"strings"
	"sync"
)

// Fault is how a request fails.
type Fault int

// The faults.
const (
	NoFault Fault = iota
	// Lost: the request is not done, and the connection breaks.
	Lost
	// Unanswered: the request is done, and the connection breaks all the same.
	Unanswered
	// Throttled: the request is refused for now.
	Throttled
	// Conflict: a write is refused because it has met a transaction.
	Conflict
	// Partial: of a batch only the first item is done.
	Partial
	// Down: the service answers with an error of its own.
	Down
)

// Server is a DynamoDB with one or more tables. It must not be copied. Set its fields
// before the first request.
type Server struct {
	// Disturb decides how a request fails. It gets the operation, and the number of the
	// request among those of the operation, from 0 on. It must be safe for concurrent
	// use.
	Disturb func(operation string, n int) Fault

	mu     sync.Mutex
	tables map[string]table
	busy   map[lock]bool     // items in a transaction that is under way
	tokens map[string]string // the transactions that have been done, by token
	calls  map[string]int    // requests by operation
	units  Units
}

// lock is an item that a transaction holds.
type lock struct {
	table string
	key   primary
}

// Units are capacity units by the published rules: one for each 4 KB that is
// read consistently, and for each 1 KB that is written, two in a transaction.
type Units struct {
	Read, Write float64
}

// Units returns the units that have been used so far.
func (s *Server) Units() Units {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.units
}

// Calls returns the number of requests so far, by operation.
func (s *Server) Calls() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	calls := map[string]int{}
	maps.Copy(calls, s.calls)
	return calls
}

// Largest returns the size of the largest item.
func (s *Server) Largest() (bytes int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.tables {
		for _, p := range t {
			for _, it := range p.items {
				bytes = max(bytes, it.size())
			}
		}
	}
	return bytes
}

// Items returns the number of items.
func (s *Server) Items() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.tables {
		for _, p := range t {
			n += len(p.items)
		}
	}
	return n
}

// refusal is an error as an answer.
type refusal struct {
	Type    string               `json:"__type"`
	Message string               `json:"message"`
	Reasons []cancellationReason `json:"CancellationReasons,omitempty"`
}

type cancellationReason struct {
	Code    string
	Message string `json:",omitempty"`
}

const validation = "ValidationException"

// refuse ends a request with an error.
func refuse(kind, format string, args ...any) {
	panic(refusal{Type: kind, Message: fmt.Sprintf(format, args...)})
}

// ServeHTTP answers a request of the JSON protocol.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	operation := strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "DynamoDB_20120810.")
	fault := s.begin(operation)
	if fault == Lost {
		panic(http.ErrAbortHandler)
	}
	answer, failed := s.answer(operation, r, fault)
	if fault == Unanswered {
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	if failed != nil {
		status := http.StatusBadRequest
		if fault == Down {
			status = http.StatusInternalServerError
		}
		w.WriteHeader(status)
		answer = failed
	}
	// The service does not notice a caller that has gone away.
	_ = json.NewEncoder(w).Encode(answer)
}

// begin counts a request and finds its fault.
func (s *Server) begin(operation string) Fault {
	s.mu.Lock()
	if s.tables == nil {
		s.tables, s.busy = map[string]table{}, map[lock]bool{}
		s.tokens, s.calls = map[string]string{}, map[string]int{}
	}
	n := s.calls[operation]
	s.calls[operation]++
	s.mu.Unlock()
	if s.Disturb == nil {
		return NoFault
	}
	return s.Disturb(operation, n)
}

// answer does a request.
func (s *Server) answer(operation string, r *http.Request, fault Fault) (answer any, failed *refusal) {
	defer func() {
		if p := recover(); p != nil {
			f, ok := p.(refusal)
			if !ok {
				panic(p)
			}
			failed = &f
		}
	}()
	switch fault {
	case Throttled:
		refuse("ProvisionedThroughputExceededException", "The level of configured provisioned throughput for the table was exceeded")
	case Down:
		refuse("InternalServerError", "Internal server error")
	case Conflict:
		if operation == "TransactWriteItems" {
			panic(cancelled([]cancellationReason{{Code: "TransactionConflict"}}))
		}
		refuse("TransactionConflictException", "Transaction is ongoing for the item")
	}
	do, known := operations[operation]
	if !known {
		refuse("UnknownOperationException", "%q is not a supported operation", operation)
	}
	return do(s, request{s, r, fault == Partial}), nil
}

func cancelled(reasons []cancellationReason) refusal {
	return refusal{Type: "TransactionCanceledException", Message: "Transaction cancelled, see the cancellation reasons", Reasons: reasons}
}

// request is a request that is being answered.
type request struct {
	server  *Server
	http    *http.Request
	partial bool
}

// read decodes the request.
func (r request) read(into any) {
	if err := json.NewDecoder(r.http.Body).Decode(into); err != nil {
		refuse("SerializationException", "the request cannot be read: %v", err)
	}
}

// yield lets other requests run while a transaction holds its items.
func yield() {
	for range 10 {
		runtime.Gosched()
	}
}

// With returns the pk of the items that have an attribute, in no order.
func (s *Server) With(attribute string) (pks []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.tables {
		for pk, p := range t {
			for _, it := range p.items {
				if _, ok := it[attribute]; ok {
					pks = append(pks, pk)
				}
			}
		}
	}
	return pks
}
