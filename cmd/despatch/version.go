package main

import (
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func newVersion(e *env) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version, the commit and the toolchain",
		Example: "  despatch version",
		Args:    arguments(0, 0),
		RunE: func(*cobra.Command, []string) error {
			info, ok := debug.ReadBuildInfo()
			if !ok {
				return fmt.Errorf("this program was built without build information")
			}
			commit := "unknown"
			for _, s := range info.Settings {
				if s.Key == "vcs.revision" {
					commit = s.Value
				}
			}
			_, err := fmt.Fprintf(e.Stdout, "despatch %s commit %s %s\n", info.Main.Version, commit, info.GoVersion)
			return err
		},
	}
}
