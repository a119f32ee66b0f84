package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/aws/smithy-go"
	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"

	"despatch/internal/bucket"
)

// Bucket is a store over S3: an object is an object. What the service answered is
// durable as far as the service keeps its word. PutNew is a PUT with
// If-None-Match, which not every maker of S3 honours: Probe tells.
type Bucket struct {
	bucket *blob.Bucket
}

// BucketConfig says where a bucket is. Whoever has its keys can destroy deposits, and
// can read none.
type BucketConfig = bucket.Config

// conflictTries is how often a PUT is tried that met another at the same moment.
const conflictTries = 8

// OpenBucket opens the store in a bucket, which must be there. Nothing is sent yet.
func OpenBucket(ctx context.Context, c BucketConfig) (*Bucket, error) {
	b, err := bucket.Open(ctx, c)
	if err != nil {
		return nil, err
	}
	return &Bucket{b}, nil
}

// PutNew is Store's.
func (b *Bucket) PutNew(ctx context.Context, key string, data []byte) error {
	if err := checkKey(key); err != nil {
		return err
	}
	var err error
	for range conflictTries {
		err = b.bucket.WriteAll(ctx, key, data, &blob.WriterOptions{
			IfNotExist: true, ContentType: "application/octet-stream", DisableContentTypeDetection: true,
		})
		if !isConflict(err) {
			break
		}
	}
	if gcerrors.Code(err) == gcerrors.FailedPrecondition {
		return fmt.Errorf("put %s: %w", key, ErrExists)
	}
	if err != nil {
		return fmt.Errorf("put %s: %w", key, err)
	}
	return nil
}

// isConflict tells whether S3 asks to try again, since another PUT of the key was
// on its way.
func isConflict(err error) bool {
	var api smithy.APIError
	return errors.As(err, &api) && api.ErrorCode() == "ConditionalRequestConflict"
}

// Get is Store's.
func (b *Bucket) Get(ctx context.Context, key string) ([]byte, error) {
	if err := checkKey(key); err != nil {
		return nil, err
	}
	data, err := b.bucket.ReadAll(ctx, key)
	return data, missing("get", key, err)
}

// Stat is Store's.
func (b *Bucket) Stat(ctx context.Context, key string) (int64, error) {
	if err := checkKey(key); err != nil {
		return 0, err
	}
	a, err := b.bucket.Attributes(ctx, key)
	if err != nil {
		return 0, missing("stat", key, err)
	}
	return a.Size, nil
}

// List is Store's.
func (b *Bucket) List(ctx context.Context, prefix string) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		if err := checkKey(strings.TrimSuffix(prefix, "/")); err != nil {
			yield(Entry{}, err)
			return
		}
		listing := b.bucket.List(&blob.ListOptions{Prefix: strings.TrimSuffix(prefix, "/") + "/"})
		for {
			o, err := listing.Next(ctx)
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(Entry{}, fmt.Errorf("list %s: %w", prefix, err))
				return
			}
			if !yield(Entry{o.Key, o.Size}, nil) {
				return
			}
		}
	}
}

// Delete is Store's.
func (b *Bucket) Delete(ctx context.Context, key string) error {
	if err := checkKey(key); err != nil {
		return err
	}
	err := b.bucket.Delete(ctx, key)
	if gcerrors.Code(err) == gcerrors.NotFound {
		return nil
	}
	return missing("delete", key, err)
}

// Highest is Store's.
func (b *Bucket) Highest(ctx context.Context, prefix string) (int64, error) {
	return highest(ctx, b, prefix)
}

func missing(what, key string, err error) error {
	switch {
	case err == nil:
		return nil
	case gcerrors.Code(err) == gcerrors.NotFound:
		return fmt.Errorf("%s %s: %w", what, key, ErrMissing)
	}
	return fmt.Errorf("%s %s: %w", what, key, err)
}
