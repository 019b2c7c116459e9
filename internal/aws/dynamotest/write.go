package dynamotest

import (
	"encoding/json"
)

// action is one write of a request: a put, or a deletion by key.
type action struct {
	TableName                 string
	Item                      item
	Key                       item
	ConditionExpression       string
	ExpressionAttributeNames  map[string]string
	ExpressionAttributeValues map[string]value
}

func (a action) key() primary {
	if a.Item != nil {
		return keyOf(a.Item)
	}
	return keyOf(a.Key)
}

// check refuses an invalid item.
func (a action) check() {
	a.key()
	if n := a.Item.size(); n > maxItem {
		refuse(validation, "Item size has exceeded the maximum allowed size (%d bytes)", n)
	}
}

func (a action) condition() *expression {
	return newExpression(a.ConditionExpression, a.ExpressionAttributeNames, a.ExpressionAttributeValues)
}

// do writes, and counts the units: those of the larger of the old and the new item.
func (s *Server) do(a action, each float64) {
	t, k := s.table(a.TableName), a.key()
	s.countWrite(a, each)
	if a.Item == nil {
		t.remove(k)
		return
	}
	t.put(k, a.Item)
}

func (s *Server) countWrite(a action, each float64) {
	before, _ := s.table(a.TableName).get(a.key())
	bytes := max(before.size(), a.Item.size())
	s.units.Write += each * float64(max(1, (bytes+1023)/1024))
}

func (s *Server) putItem(r request) any {
	var in action
	r.read(&in)
	in.check()
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.table(in.TableName)
	if s.busy[lock{in.TableName, in.key()}] {
		refuse("TransactionConflictException", "Transaction is ongoing for the item")
	}
	before, _ := t.get(in.key())
	if !in.condition().holds(before) {
		s.countWrite(in, 1)
		refuse("ConditionalCheckFailedException", "The conditional request failed")
	}
	s.do(in, 1)
	return map[string]any{}
}

type writeRequest struct {
	PutRequest    *struct{ Item item } `json:",omitempty"`
	DeleteRequest *struct{ Key item }  `json:",omitempty"`
}

func (s *Server) batchWriteItem(r request) any {
	var in struct{ RequestItems map[string][]writeRequest }
	r.read(&in)
	s.mu.Lock()
	defer s.mu.Unlock()
	left := map[string][]writeRequest{}
	for name, writes := range in.RequestItems {
		if n := len(writes); n == 0 || n > 25 {
			refuse(validation, "%d writes: 1 to 25 are allowed", n)
		}
		seen, size := map[primary]bool{}, 0
		actions := make([]action, len(writes))
		for i, w := range writes {
			actions[i].TableName = name
			if w.PutRequest != nil {
				actions[i].Item = w.PutRequest.Item
			} else {
				actions[i].Key = w.DeleteRequest.Key
			}
			actions[i].check()
			if seen[actions[i].key()] {
				refuse(validation, "Provided list of item keys contains duplicates")
			}
			seen[actions[i].key()] = true
			size += actions[i].Item.size()
		}
		if size > maxBatch {
			refuse(validation, "the batch has %d bytes", size)
		}
		for i, a := range actions {
			if r.partial && i > 0 {
				left[name] = writes[i:]
				break
			}
			s.do(a, 1)
		}
	}
	return map[string]any{"UnprocessedItems": left}
}

func (s *Server) transactWriteItems(r request) any {
	var in struct {
		ClientRequestToken string
		TransactItems      []struct{ Put, Delete *action }
	}
	r.read(&in)
	if in.ClientRequestToken == "" {
		refuse(validation, "a transaction without a token is not safe to repeat")
	}
	said, err := json.Marshal(in.TransactItems)
	if err != nil {
		refuse(validation, "%v", err)
	}
	var actions []action
	for _, t := range in.TransactItems {
		switch {
		case t.Put != nil && t.Delete == nil:
			actions = append(actions, *t.Put)
		case t.Delete != nil && t.Put == nil:
			actions = append(actions, *t.Delete)
		default:
			refuse(validation, "only puts and deletions are supported here")
		}
	}
	locks := checkTransaction(actions)
	s.hold(locks)
	defer s.release(locks)
	yield()
	s.mu.Lock()
	defer s.mu.Unlock()
	if before, done := s.tokens[in.ClientRequestToken]; done {
		if before != string(said) {
			refuse("IdempotentParameterMismatchException", "the token was used with another transaction")
		}
		return map[string]any{}
	}
	s.commit(actions)
	s.tokens[in.ClientRequestToken] = string(said)
	return map[string]any{}
}

// checkTransaction refuses an invalid transaction, and returns the keys of its items.
func checkTransaction(actions []action) []lock {
	if n := len(actions); n == 0 || n > 100 {
		refuse(validation, "%d actions: 1 to 100 are allowed", n)
	}
	var locks []lock
	seen, size := map[lock]bool{}, 0
	for _, a := range actions {
		a.check()
		size += a.Item.size()
		l := lock{a.TableName, a.key()}
		if seen[l] {
			refuse(validation, "Transaction request cannot include multiple operations on one item")
		}
		seen[l] = true
		locks = append(locks, l)
	}
	if size > maxTransaction {
		refuse(validation, "the transaction has %d bytes", size)
	}
	return locks
}

// hold locks the items of a transaction, or refuses it when another one holds one of
// them.
func (s *Server) hold(locks []lock) {
	s.mu.Lock()
	defer s.mu.Unlock()
	reasons := make([]cancellationReason, len(locks))
	met := false
	for i, l := range locks {
		reasons[i].Code = "None"
		if s.busy[l] {
			reasons[i].Code, met = "TransactionConflict", true
		}
	}
	if met {
		panic(cancelled(reasons))
	}
	for _, l := range locks {
		s.busy[l] = true
	}
}

func (s *Server) release(locks []lock) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range locks {
		delete(s.busy, l)
	}
}

// commit does all actions, or none when a condition fails.
func (s *Server) commit(actions []action) {
	reasons := make([]cancellationReason, len(actions))
	failed := false
	for i, a := range actions {
		before, _ := s.table(a.TableName).get(a.key())
		reasons[i].Code = "None"
		if !a.condition().holds(before) {
			reasons[i], failed = cancellationReason{Code: "ConditionalCheckFailed", Message: "The conditional request failed"}, true
		}
	}
	for _, a := range actions {
		if failed {
			s.countWrite(a, 2)
			continue
		}
		s.do(a, 2)
	}
	if failed {
		panic(cancelled(reasons))
	}
}
