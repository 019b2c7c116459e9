package dynamotest

import (
	"slices"
)

// operations are the supported ones.
var operations = map[string]func(*Server, request) any{
	"CreateTable":        (*Server).createTable,
	"DescribeTable":      (*Server).describeTable,
	"UpdateTimeToLive":   (*Server).updateTimeToLive,
	"GetItem":            (*Server).getItem,
	"BatchGetItem":       (*Server).batchGetItem,
	"Query":              (*Server).query,
	"PutItem":            (*Server).putItem,
	"BatchWriteItem":     (*Server).batchWriteItem,
	"TransactWriteItems": (*Server).transactWriteItems,
}

type tableRequest struct {
	TableName string
	KeySchema []struct{ AttributeName, KeyType string }
}

type tableState struct{ TableName, TableStatus string }

func (s *Server) createTable(r request) any {
	var in tableRequest
	r.read(&in)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tables[in.TableName] != nil {
		refuse("ResourceInUseException", "Table already exists: %s", in.TableName)
	}
	if len(in.TableName) < 3 || len(in.KeySchema) != 2 || in.KeySchema[0].AttributeName != pkName || in.KeySchema[1].AttributeName != skName {
		refuse(validation, "this is not the supported table")
	}
	s.tables[in.TableName] = table{}
	return map[string]any{"TableDescription": tableState{in.TableName, "ACTIVE"}}
}

func (s *Server) describeTable(r request) any {
	var in tableRequest
	r.read(&in)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.table(in.TableName)
	return map[string]any{"Table": tableState{in.TableName, "ACTIVE"}}
}

func (s *Server) updateTimeToLive(r request) any {
	var in tableRequest
	r.read(&in)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.table(in.TableName)
	return map[string]any{}
}

// table finds a table.
func (s *Server) table(name string) table {
	t := s.tables[name]
	if t == nil {
		refuse("ResourceNotFoundException", "Requested resource not found")
	}
	return t
}

// countRead counts the units of one read.
func (s *Server) countRead(bytes int, consistent bool) {
	units := float64(max(1, (bytes+4095)/4096))
	if !consistent {
		units /= 2
	}
	s.units.Read += units
}

type getRequest struct {
	TableName      string
	Key            item
	ConsistentRead bool
}

func (s *Server) getItem(r request) any {
	var in getRequest
	r.read(&in)
	k := keyOf(in.Key)
	s.mu.Lock()
	defer s.mu.Unlock()
	it, ok := s.table(in.TableName).get(k)
	s.countRead(it.size(), in.ConsistentRead)
	if !ok {
		return map[string]any{}
	}
	return map[string]any{"Item": it}
}

type keysRequest struct {
	Keys           []item
	ConsistentRead bool `json:",omitempty"`
}

func (s *Server) batchGetItem(r request) any {
	var in struct{ RequestItems map[string]keysRequest }
	r.read(&in)
	s.mu.Lock()
	defer s.mu.Unlock()
	found, left := map[string][]item{}, map[string]keysRequest{}
	for name, wanted := range in.RequestItems {
		t := s.table(name)
		found[name] = []item{}
		if n := len(wanted.Keys); n == 0 || n > 100 {
			refuse(validation, "%d keys: 1 to 100 are allowed", n)
		}
		seen, size := map[primary]bool{}, 0
		for i, ki := range wanted.Keys {
			k := keyOf(ki)
			if seen[k] {
				refuse(validation, "Provided list of item keys contains duplicates")
			}
			seen[k] = true
			it, ok := t.get(k)
			if size += it.size(); size > maxBatch || (r.partial && i > 0) {
				left[name] = keysRequest{Keys: wanted.Keys[i:], ConsistentRead: wanted.ConsistentRead}
				break
			}
			s.countRead(it.size(), wanted.ConsistentRead)
			if ok {
				found[name] = append(found[name], it)
			}
		}
	}
	return map[string]any{"Responses": found, "UnprocessedKeys": left}
}

func (s *Server) query(r request) any {
	var in struct {
		TableName                 string
		KeyConditionExpression    string
		ExpressionAttributeNames  map[string]string
		ExpressionAttributeValues map[string]value
		ScanIndexForward          *bool
		ConsistentRead            bool
		Limit                     *int
		ExclusiveStartKey         item
	}
	r.read(&in)
	pk, from, to := newExpression(in.KeyConditionExpression, in.ExpressionAttributeNames, in.ExpressionAttributeValues).between()
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.table(in.TableName)[pk]
	if p == nil {
		p = &partition{}
	}
	first, _ := slices.BinarySearch(p.order, from)
	end, found := slices.BinarySearch(p.order, to)
	if found {
		end++
	}
	order := slices.Clone(p.order[first:end])
	backward := in.ScanIndexForward != nil && !*in.ScanIndexForward
	if backward {
		slices.Reverse(order)
	}
	if in.ExclusiveStartKey != nil {
		start := keyOf(in.ExclusiveStartKey).sk
		order = slices.DeleteFunc(order, func(sk string) bool { return sk == start || (sk < start) != backward })
	}
	items, size := []item{}, 0
	answer := map[string]any{}
	for i, sk := range order {
		size += p.items[sk].size()
		items = append(items, p.items[sk])
		full := size > maxPage || (in.Limit != nil && len(items) == *in.Limit)
		if full && i < len(order)-1 {
			answer["LastEvaluatedKey"] = primary{pk, sk}.item()
			break
		}
	}
	s.countRead(size, in.ConsistentRead)
	answer["Items"], answer["Count"] = items, len(items)
	return answer
}
