// Package sitebucket is an S3 bucket as a target of deploys. It puts each file with
// the media type and the rule for caches that a careful static host gives; it trusts
// the service to keep what it acknowledged, and nothing else: a deploy is verified by
// reading. An object is exchanged whole, so that a reader sees the old or the new.
// Two deploys to one bucket at the same moment are not kept from each other.
package sitebucket

import (
	"bytes"
	"context"
	"crypto/md5" //nolint:gosec // S3's own sum of an object, compared only to spare a download
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"

	"despatch/internal/bucket"
	"despatch/internal/sitehost"
)

// A Site is a bucket that a web host serves.
type Site struct {
	name   string
	bucket *blob.Bucket

	mu   sync.Mutex
	sums map[string][]byte // guarded by mu; S3's sums by path, nil until they were listed
}

// Open opens the bucket. Nothing is sent yet.
func Open(ctx context.Context, c bucket.Config) (*Site, error) {
	b, err := bucket.Open(ctx, c)
	if err != nil {
		return nil, err
	}
	return &Site{name: c.Name, bucket: b}, nil
}

// Close lets go of the bucket.
func (s *Site) Close() error { return s.bucket.Close() }

// String names the bucket.
func (s *Site) String() string { return "s3://" + s.name }

// Open reads a file.
func (s *Site) Open(ctx context.Context, path string) (io.ReadCloser, error) {
	r, err := s.bucket.NewReader(ctx, path, nil)
	if gcerrors.Code(err) == gcerrors.NotFound {
		return nil, fmt.Errorf("%s/%s: %w", s, path, fs.ErrNotExist)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s/%s: %w", s, path, err)
	}
	return r, nil
}

// Has compares with the sum that the service lists of an object, or where that is none
// of its bytes (of sealed storage, say) with the bytes.
func (s *Site) Has(ctx context.Context, path string, data []byte) (bool, error) {
	listed, err := s.list(ctx)
	if err != nil {
		return false, err
	}
	sum, there := listed[path]
	if !there {
		return false, nil
	}
	if own := md5.Sum(data); bytes.Equal(sum, own[:]) { //nolint:gosec // as above
		return true, nil
	}
	in, err := s.Open(ctx, path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer in.Close()
	held, err := io.ReadAll(io.LimitReader(in, int64(len(data))+1))
	return bytes.Equal(held, data), err
}

// list lists the bucket once.
func (s *Site) list(ctx context.Context) (map[string][]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sums != nil {
		return s.sums, nil
	}
	sums := make(map[string][]byte)
	err := s.each(ctx, func(o *blob.ListObject) error {
		sums[o.Key] = o.MD5
		return nil
	})
	if err == nil {
		s.sums = sums
	}
	return sums, err
}

func (s *Site) each(ctx context.Context, do func(*blob.ListObject) error) error {
	for listing := s.bucket.List(nil); ; {
		o, err := listing.Next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = do(o)
		}
		if err != nil {
			return fmt.Errorf("list %s: %w", s, err)
		}
	}
}

// Put writes a file.
func (s *Site) Put(ctx context.Context, path string, data []byte) error {
	err := s.bucket.WriteAll(ctx, path, data, &blob.WriterOptions{
		ContentType: sitehost.MediaType(path), CacheControl: sitehost.CacheRule(path), DisableContentTypeDetection: true,
	})
	if err != nil {
		return fmt.Errorf("write %s/%s: %w", s, path, err)
	}
	return nil
}

// Remove removes a file.
func (s *Site) Remove(ctx context.Context, path string) error {
	if err := s.bucket.Delete(ctx, path); err != nil && gcerrors.Code(err) != gcerrors.NotFound {
		return fmt.Errorf("remove %s/%s: %w", s, path, err)
	}
	return nil
}

// Sync has nothing to do: what the service answered is durable as far as it keeps its
// word. What was listed is forgotten.
func (s *Site) Sync() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sums = nil
	return nil
}

// Walk gives every object.
func (s *Site) Walk(ctx context.Context, each func(path string, isFile bool) error) error {
	return s.each(ctx, func(o *blob.ListObject) error { return each(o.Key, true) })
}
