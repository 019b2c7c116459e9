package dynamo

import (
	"context"
	"errors"
	"net"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"aitrader/internal/sim"
)

// errClosed is what every call gets after Close.
var errClosed = sim.Errorf(sim.KindUnavailable, "the store is closed")

// errMoved says that a condition failed: an item is not as it was read.
var errMoved = errors.New("an item has changed since it was read")

// errContended says that two transactions met, or that the table was overloaded: the
// same write may succeed in a moment.
var errContended = errors.New("the table was busy with the same items")

// refusal turns the two answers to a write that are not failures into errMoved and
// errContended.
func refusal(err error) error {
	var condition *types.ConditionalCheckFailedException
	var conflict *types.TransactionConflictException
	var cancelled *types.TransactionCanceledException
	switch {
	case errors.As(err, &condition):
		return errMoved
	case errors.As(err, &conflict):
		return errContended
	case errors.As(err, &cancelled):
		return cancellation(cancelled)
	}
	return err
}

// cancellation says why a transaction was cancelled. A failed condition outranks a
// conflict: it does not pass.
func cancellation(cancelled *types.TransactionCanceledException) error {
	var why error = cancelled
	for _, reason := range cancelled.CancellationReasons {
		if reason.Code == nil {
			continue
		}
		switch *reason.Code {
		case "ConditionalCheckFailed":
			return errMoved
		case "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded":
			why = errContended
		}
	}
	return why
}

// translate gives every error that leaves the package a kind. An error of sim passes as
// it is; any other error becomes the cause, for the log.
func translate(err error) error {
	var own *sim.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &own):
		return err
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return sim.Translated(sim.KindUnavailable, "the request was cancelled before the store answered", err)
	case errors.Is(err, errMoved), errors.Is(err, errContended):
		return sim.Translated(sim.KindUnavailable, "the store is busy with the same items; try again", err)
	default:
		return translateAnswer(err)
	}
}

// translateAnswer translates an error of DynamoDB or of the network.
func translateAnswer(err error) error {
	var answer smithy.APIError
	var network net.Error
	var sent *smithy.OperationError
	switch {
	case errors.As(err, &answer):
		return translateCode(answer.ErrorCode(), err)
	case errors.As(err, &network):
		return sim.Translated(sim.KindUnavailable, "the store cannot be reached; try again", err)
	case errors.As(err, &sent):
		return sim.Translated(sim.KindUnavailable,
			"the request to the store cannot be sent; try again, and check its region and credentials", err)
	default:
		return sim.Translated(sim.KindInternal, "the store failed", err)
	}
}

func translateCode(code string, err error) error {
	if _, throttled := retry.DefaultThrottleErrorCodes[code]; throttled {
		return sim.Translated(sim.KindUnavailable, "the store is overloaded; try again", err)
	}
	switch code {
	case "ResourceNotFoundException":
		return sim.Translated(sim.KindUnavailable, "the store's table does not exist, or not yet", err)
	case "AccessDeniedException", "UnrecognizedClientException", "ExpiredTokenException", "InvalidSignatureException",
		"MissingAuthenticationTokenException":
		return sim.Translated(sim.KindUnavailable, "access to the store's table is denied; check the credentials and the policy", err)
	case "InternalServerError", "InternalServerErrorException", "ServiceUnavailable", "ServiceUnavailableException",
		"TransactionInProgressException":
		return sim.Translated(sim.KindUnavailable, "the store has failed for now; try again", err)
	default:
		return sim.Translated(sim.KindInternal, "the store failed", err)
	}
}

// unreadable is the error of an item that the store cannot have written.
func unreadable(k key, err error) error {
	return sim.Translated(sim.KindDamaged, "the item "+k.pk+" "+k.sk+" of the store cannot be read", err)
}
