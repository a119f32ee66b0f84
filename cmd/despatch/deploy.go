package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"despatch/generator/sitebucket"
	"despatch/generator/tree"
	"despatch/internal/bucket"
	"despatch/records/authority"
)

func newDeploy(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "deploy [FOLDER|BUCKET]",
		Short: "Bring a folder or bucket that a web host serves to the state of the published tree",
		Long: `Copy what is new to FOLDER, or to the one that despatch.yaml names as
portal.published, the head last, remove what is neither listed nor
retired any more, and verify the whole. The folder must be empty or hold a tree of
this authority; one whose head the present tree was not built on is refused, and
nothing is removed that was not published from here.

BUCKET is s3://NAME?region=REGION, with &endpoint=https://… where it is not at AWS;
private/bucket-key has its access key and secret key, a line each. It holds the
tree and nothing else.`,
		Example: `  despatch deploy
  despatch deploy /srv/www/portal
  despatch deploy 's3://portal?region=eu-west-2'`,
		Args: arguments(0, 1),
		RunE: func(c *cobra.Command, args []string) error {
			root, o, err := e.verifyOptions()
			if err != nil {
				return err
			}
			to, err := e.deployTo(c.Context(), args)
			if err != nil {
				return err
			}
			done, err := tree.Deploy(c.Context(), e.tree(), to, root, tree.DeployOptions{VerifyOptions: o})
			if errors.Is(err, tree.ErrStale) {
				return withHint(err, "someone else has deployed there: bring that tree here, then despatch build")
			}
			if err != nil {
				return err
			}
			if _, err := fmt.Fprintf(e.Stdout, "serial %d: %d files copied, %d removed\n", done.Serial, done.Copied, done.Removed); err != nil {
				return err
			}
			if serial, waits := e.registerWaits(); waits {
				fmt.Fprintf(e.Stderr, "The drop-box was not sent register %d yet: despatch register\n", serial)
			}
			return e.report(to.String(), done.Findings)
		},
	}
}

// bucketKeyFile has the access key and the secret key of the bucket that is deployed to.
const bucketKeyFile = "private/bucket-key"

// deployTo is what was said, else what despatch.yaml names.
func (e *env) deployTo(ctx context.Context, args []string) (tree.Target, error) {
	if len(args) == 1 {
		return e.target(ctx, args[0], args[0])
	}
	site, err := e.readSite()
	if err != nil {
		return nil, err
	}
	to := site.Settings.Portal.Published
	if to == "" {
		return nil, usageError{errors.New("say where to: a folder or a bucket, here or as portal.published in despatch.yaml")}
	}
	folder := to
	if !filepath.IsAbs(to) {
		folder = filepath.Join(e.Dir, filepath.FromSlash(to))
	}
	return e.target(ctx, to, folder)
}

// target is the bucket that to names, or else a folder.
func (e *env) target(ctx context.Context, to, folder string) (tree.Target, error) {
	if !authority.IsBucket(to) {
		return tree.Folder(folder), nil
	}
	u, err := url.Parse(to)
	if err != nil || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.Query().Get("region") == "" {
		return nil, usageError{fmt.Errorf("%.200q names no bucket: want s3://NAME?region=REGION, with &endpoint=https://… where it is not at AWS", to)}
	}
	c := bucket.Config{Name: u.Host, Region: u.Query().Get("region"), Endpoint: u.Query().Get("endpoint")}
	if c, err = c.WithCredentials(filepath.Join(e.Dir, filepath.FromSlash(bucketKeyFile))); err != nil {
		return nil, err
	}
	return sitebucket.Open(ctx, c)
}
