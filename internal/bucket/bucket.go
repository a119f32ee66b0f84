// Package bucket opens S3 buckets, of AWS and of the other makers, in one way. It
// sends nothing until the bucket is used.
package bucket

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"gocloud.dev/blob"
	"gocloud.dev/blob/s3blob"
)

// Config says where a bucket is.
type Config struct {
	Endpoint string // "" for AWS's own; else https://…
	Region   string
	Name     string
	// AccessKey and SecretKey may write, read, list and delete objects of this
	// bucket.
	AccessKey, SecretKey string
}

// Open opens a bucket, which must be there.
func Open(ctx context.Context, c Config) (*blob.Bucket, error) {
	o := s3.Options{
		Region:       c.Region,
		UsePathStyle: c.Endpoint != "",
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: c.AccessKey, SecretAccessKey: c.SecretKey}, nil
		}),
		// Makers of S3 other than AWS do not all know its newer checksums; what is
		// read back is compared by whoever relies on it.
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenRequired,
		ResponseChecksumValidation: aws.ResponseChecksumValidationWhenRequired,
	}
	if c.Endpoint != "" {
		o.BaseEndpoint = &c.Endpoint
	}
	b, err := s3blob.OpenBucket(ctx, s3.New(o), c.Name, nil)
	if err != nil {
		return nil, fmt.Errorf("open the bucket %s: %w", c.Name, err)
	}
	return b, nil
}

// WithCredentials reads access key and secret key from a file of two lines.
func (c Config) WithCredentials(file string) (Config, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return c, err
	}
	var more bool
	c.AccessKey, c.SecretKey, more = strings.Cut(strings.TrimSpace(string(text)), "\n")
	c.AccessKey, c.SecretKey = strings.TrimSpace(c.AccessKey), strings.TrimSpace(c.SecretKey)
	if !more || c.AccessKey == "" || strings.ContainsAny(c.SecretKey, "\n ") {
		return c, fmt.Errorf("%s: want two lines, access key and secret key", file)
	}
	return c, nil
}
