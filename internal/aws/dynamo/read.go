package dynamo

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"aitrader/internal/backoff"
	"aitrader/internal/sim"
)

// batchKeys is how many items one request may ask for.
const batchKeys = 100

// get reads items, in the order of their keys; one that is not stored has only its key.
func (s *Store) get(ctx context.Context, keys ...key) ([]item, error) {
	found, err := s.fetch(ctx, keys)
	if err != nil {
		return nil, err
	}
	items := make([]item, len(keys))
	for i, k := range keys {
		items[i].key = k
		a, ok := found[k]
		if !ok {
			continue
		}
		if items[i], _, err = unpack(a); err != nil {
			return nil, err
		}
		if err := s.complete(ctx, &items[i]); err != nil {
			return nil, err
		}
	}
	return items, nil
}

// getForm reads one form.
func getForm[T any](ctx context.Context, s *Store, k key) (stored[T], error) {
	items, err := s.get(ctx, k)
	if err != nil {
		return stored[T]{}, err
	}
	return formOf[T](items[0])
}

// complete reads the later parts of a form.
func (s *Store) complete(ctx context.Context, it *item) error {
	keys := it.laterParts()
	found, err := s.fetch(ctx, keys)
	if err != nil {
		return err
	}
	for _, k := range keys {
		a, ok := found[k]
		if !ok {
			return unreadable(it.key, errors.New("its part "+k.sk+" is missing"))
		}
		part, _, _ := unpack(a)
		it.zipped = append(it.zipped, part.zipped...)
	}
	return nil
}

// fetch reads items by their keys; those that are not stored are not in the answer.
func (s *Store) fetch(ctx context.Context, keys []key) (map[key]attributes, error) {
	if s.closed.Load() {
		return nil, errClosed
	}
	found := make(map[key]attributes, len(keys))
	if len(keys) == 1 {
		out, err := s.client.GetItem(ctx, &dynamodb.GetItemInput{TableName: s.table, Key: keyValue(keys[0]), ConsistentRead: aws.Bool(true)})
		if err == nil && out.Item != nil {
			found[keys[0]] = out.Item
		}
		return found, err
	}
	wanted := make([]attributes, 0, len(keys))
	seen := make(map[key]bool, len(keys))
	for _, k := range keys {
		if !seen[k] { // DynamoDB refuses a request that names a key twice
			seen[k] = true
			wanted = append(wanted, keyValue(k))
		}
	}
	for chunk := range slices.Chunk(wanted, batchKeys) {
		if err := s.fetchBatch(ctx, chunk, found); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// fetchBatch reads up to 100 items. One answer has at most 16 MB, and less when the
// table is busy: the rest is requested again.
func (s *Store) fetchBatch(ctx context.Context, wanted []attributes, found map[key]attributes) error {
	table := aws.ToString(s.table)
	attempt := 1
	for {
		out, err := s.client.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{
			table: {Keys: wanted, ConsistentRead: aws.Bool(true)},
		}})
		if err != nil {
			return err
		}
		for _, a := range out.Responses[table] {
			found[keyOf(a)] = a
		}
		left := out.UnprocessedKeys[table].Keys
		if len(left) == 0 {
			return nil
		}
		if attempt, err = resend(ctx, len(left) < len(wanted), attempt); err != nil {
			return err
		}
		wanted = left
	}
}

// maxBarren bounds how often the rest of a batch is sent although nothing of it got
// through. With batchPauses that is about 2 s.
const maxBarren = 10

var batchPauses = backoff.Policy{Base: 2 * time.Millisecond, Max: 2 * time.Second}

// resend waits before the rest of a batch is sent again, and returns the number of
// the next attempt since there was progress.
func resend(ctx context.Context, progress bool, attempt int) (next int, err error) {
	if progress {
		attempt = 1
	} else if attempt > maxBarren {
		return attempt, sim.Errorf(sim.KindUnavailable, "the store is overloaded; try again")
	}
	return attempt + 1, backoff.Wait(ctx, batchPauses.Bound(attempt))
}

func keyValue(k key) attributes { return attributes{attrPK: textValue(k.pk), attrSK: textValue(k.sk)} }

// rangeExpression selects what a span does; the names stand for pk and sk.
const rangeExpression = "#pk = :pk AND #sk BETWEEN :from AND :to"

// each calls a function with the forms of a span in order, until it returns false.
func (s *Store) each(ctx context.Context, r span, visit func(item) (more bool, err error)) error {
	return s.items(ctx, r, func(a attributes) (bool, error) {
		it, part, err := unpack(a)
		if err != nil || part {
			return true, err
		}
		if err := s.complete(ctx, &it); err != nil {
			return false, err
		}
		return visit(it)
	})
}

// items is each for all items, later parts of forms included. A page has at most 1 MB;
// the next one is read when it is needed.
func (s *Store) items(ctx context.Context, r span, visit func(attributes) (more bool, err error)) error {
	if s.closed.Load() {
		return errClosed
	}
	if r.from > r.to {
		return nil // DynamoDB refuses an empty range
	}
	in := &dynamodb.QueryInput{
		TableName: s.table, ConsistentRead: aws.Bool(true), ScanIndexForward: aws.Bool(!r.backward),
		KeyConditionExpression:    aws.String(rangeExpression),
		ExpressionAttributeNames:  map[string]string{"#pk": attrPK, "#sk": attrSK},
		ExpressionAttributeValues: attributes{":pk": textValue(r.pk), ":from": textValue(r.from), ":to": textValue(r.to)},
	}
	if r.limit > 0 {
		in.Limit = aws.Int32(int32(min(r.limit, 1000)))
	}
	for {
		out, err := s.client.Query(ctx, in)
		if err != nil {
			return err
		}
		for _, a := range out.Items {
			if more, err := visit(a); err != nil || !more {
				return err
			}
		}
		if in.ExclusiveStartKey = out.LastEvaluatedKey; len(out.LastEvaluatedKey) == 0 {
			return nil
		}
	}
}

// all reads the forms of a span.
func all[T any](ctx context.Context, s *Store, r span) ([]stored[T], error) {
	var out []stored[T]
	err := s.each(ctx, r, func(it item) (bool, error) {
		f, err := formOf[T](it)
		out = append(out, f)
		return true, err
	})
	return out, err
}
