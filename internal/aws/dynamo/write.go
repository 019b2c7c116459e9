package dynamo

import (
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// change is what a transaction does to one form.
type change struct {
	key
	rev     int64 // the revision that must be stored; 0: the form must not be stored
	form    any   // nil: the form is deleted
	expires time.Time
}

// put writes a form back, changed.
func (f stored[T]) put() change { return change{key: f.key, rev: f.rev, form: f.form} }

// insert writes a form that must not be stored yet.
func insert(k key, form any) change { return change{key: k, form: form} }

// The conditions of a change; the names stand for pk and rev.
const (
	ifNew       = "attribute_not_exists(#pk)"
	ifUnchanged = "#rev = :rev"
)

const (
	maxTransaction      = 100
	maxTransactionBytes = 4_000_000
)

// write makes changes in one transaction. It returns errMoved when one of the items is
// not as it was read, and errContended when the table was busy with one of them.
//
// A transaction carries a token, which the SDK creates and sends with every repetition:
// a transaction whose answer was lost is done once.
func (s *Store) write(ctx context.Context, what string, changes ...change) error {
	if s.closed.Load() {
		return errClosed
	}
	var items []types.TransactWriteItem
	size := 0
	for _, c := range changes {
		condition := c.condition()
		if c.form == nil {
			items = append(items, types.TransactWriteItem{Delete: s.deletion(c.key, condition)})
			continue
		}
		packed, err := pack(c.key, c.rev+1, c.form)
		if err != nil {
			return err
		}
		if !c.expires.IsZero() {
			expires(packed[0], c.expires)
		}
		for i, a := range packed {
			put := &types.Put{TableName: s.table, Item: a}
			if i == 0 { // the later parts follow it
				put.ConditionExpression = &condition.text
				put.ExpressionAttributeNames, put.ExpressionAttributeValues = condition.names, condition.values
			}
			items = append(items, types.TransactWriteItem{Put: put})
			size += sizeOf(a)
		}
	}
	if len(items) > maxTransaction || size > maxTransactionBytes {
		return tooLarge(what)
	}
	return refusal(s.send(ctx, items))
}

// send writes one item by itself, at half the price, and several in a transaction.
func (s *Store) send(ctx context.Context, items []types.TransactWriteItem) error {
	if put := items[0].Put; len(items) == 1 && put != nil {
		_, err := s.client.PutItem(ctx, &dynamodb.PutItemInput{
			TableName: s.table, Item: put.Item, ConditionExpression: put.ConditionExpression,
			ExpressionAttributeNames: put.ExpressionAttributeNames, ExpressionAttributeValues: put.ExpressionAttributeValues,
		})
		return err
	}
	_, err := s.client.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: items})
	return err
}

func (s *Store) deletion(k key, c condition) *types.Delete {
	return &types.Delete{
		TableName: s.table, Key: keyValue(k), ConditionExpression: &c.text,
		ExpressionAttributeNames: c.names, ExpressionAttributeValues: c.values,
	}
}

type condition struct {
	text   string
	names  map[string]string
	values attributes
}

func (c change) condition() condition {
	if c.rev == 0 {
		return condition{text: ifNew, names: map[string]string{"#pk": attrPK}}
	}
	return condition{
		text: ifUnchanged, names: map[string]string{"#rev": attrRev}, values: attributes{":rev": numberValue(c.rev)},
	}
}

// stage writes forms that are read only once another item names them. They need no
// transaction, and writing them again changes nothing.
func (s *Store) stage(ctx context.Context, forms ...change) error {
	var requests []types.WriteRequest
	for _, f := range forms {
		packed, err := pack(f.key, 1, f.form)
		if err != nil {
			return err
		}
		for _, a := range packed {
			requests = append(requests, types.WriteRequest{PutRequest: &types.PutRequest{Item: a}})
		}
	}
	return s.batch(ctx, requests)
}

// sweep deletes items that are no longer read.
func (s *Store) sweep(ctx context.Context, keys []key) error {
	requests := make([]types.WriteRequest, len(keys))
	for i, k := range keys {
		requests[i] = types.WriteRequest{DeleteRequest: &types.DeleteRequest{Key: keyValue(k)}}
	}
	return s.batch(ctx, requests)
}

// sweepSpan deletes all items of a span.
func (s *Store) sweepSpan(ctx context.Context, r span) error {
	var keys []key
	err := s.items(ctx, r, func(a attributes) (bool, error) {
		keys = append(keys, keyOf(a))
		return true, nil
	})
	if err != nil {
		return err
	}
	return s.sweep(ctx, keys)
}

// batchWrites and batchBytes are what one request may carry; the latter is 16 MB
// on the wire, where bytes are written as base64.
const (
	batchWrites = 25
	batchBytes  = 8_000_000
)

// batch writes items in any order.
func (s *Store) batch(ctx context.Context, requests []types.WriteRequest) error {
	if s.closed.Load() {
		return errClosed
	}
	chunks := chunked(requests)
	return parallel(ctx, len(chunks), func(ctx context.Context, i int) error { return s.batchOnce(ctx, chunks[i]) })
}

// chunked cuts requests into what one batch may carry.
func chunked(requests []types.WriteRequest) (chunks [][]types.WriteRequest) {
	start, size := 0, 0
	for i, r := range requests {
		n := 0
		if r.PutRequest != nil {
			n = sizeOf(r.PutRequest.Item)
		}
		if i > start && (i-start == batchWrites || size+n > batchBytes) {
			chunks = append(chunks, requests[start:i])
			start, size = i, 0
		}
		size += n
	}
	if start < len(requests) {
		chunks = append(chunks, requests[start:])
	}
	return slices.Clip(chunks)
}

// batchOnce sends one batch until all of it is done.
func (s *Store) batchOnce(ctx context.Context, requests []types.WriteRequest) error {
	table := aws.ToString(s.table)
	attempt := 1
	for {
		out, err := s.client.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{table: requests}})
		if err != nil {
			return err
		}
		left := out.UnprocessedItems[table]
		if len(left) == 0 {
			return nil
		}
		if attempt, err = resend(ctx, len(left) < len(requests), attempt); err != nil {
			return err
		}
		requests = left
	}
}
