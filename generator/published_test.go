package generator_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"despatch/generator"
	"despatch/generator/tree"
	"despatch/internal/buildkeys"
)

// deploy copies the tree to where the host takes it from.
func (a *authority) deploy(to string) {
	a.t.Helper()
	root, err := buildkeys.LoadRoot(a.dir)
	if err != nil {
		a.t.Fatal(err)
	}
	done, err := tree.Deploy(context.Background(), a.path("public"), tree.Folder(to), root, tree.DeployOptions{VerifyOptions: tree.VerifyOptions{Now: now}})
	if err != nil || len(done.Findings) > 0 {
		a.t.Fatalf("deploy: %v, %v", done.Findings, err)
	}
}

// publishesTo says in despatch.yaml where the host takes the tree from.
func (a *authority) publishesTo(folder string) {
	a.t.Helper()
	a.edit("despatch.yaml", `published: ""`, "published: "+folder)
}

func TestBuildStartsFromWhatAnotherOfficerPublished(t *testing.T) {
	for name, absolute := range map[string]bool{"an absolute folder": true, "a folder beside the authority's": false} {
		t.Run(name, func(t *testing.T) {
			a, b := newAuthority(t), newAuthority(t)
			www := filepath.Join(t.TempDir(), "www")
			for _, office := range []*authority{a, b} {
				said := www
				if !absolute {
					rel, err := filepath.Rel(office.dir, www)
					if err != nil {
						t.Fatal(err)
					}
					said = filepath.ToSlash(rel)
				}
				office.publishesTo(said)
			}
			if s := a.build(); s.Serial != 1 {
				t.Fatalf("the first build has serial %d", s.Serial)
			}
			a.deploy(www)
			b.edit("content/schools/900001.yaml", "name: ", "name: New ")
			if s := b.build(); s.Serial != 2 {
				t.Errorf("the other officer's build has serial %d, want the one after what is published", s.Serial)
			}
			b.deploy(www)
			// The first officer has nothing new, but starts from what stands there now.
			before := b.state()
			a.edit("content/schools/900001.yaml", "name: ", "name: New ")
			if s := a.build(); s.Serial != 2 && s.Serial != 3 {
				t.Errorf("the first officer's next build has serial %d", s.Serial)
			}
			after := a.state()
			if after.Head.Serial > 2 && after.Head.Previous != before.HeadSum {
				t.Error("the next head does not follow the published one")
			}
			if len(before.Entries) != len(after.Entries) {
				t.Errorf("%d files are listed, %d were", len(after.Entries), len(before.Entries))
			}
			a.deploy(www)
		})
	}
}

func TestBuildTakesNothingOverThatTheRootDidNotSign(t *testing.T) {
	a := newBuilt(t)
	www := filepath.Join(t.TempDir(), "www")
	a.deploy(www)
	a.publishesTo(www)
	a.build()
	head := filepath.Join(www, "head")
	text, err := os.ReadFile(head)
	if err != nil {
		t.Fatal(err)
	}
	spoilt := strings.Replace(string(text), "serial 1\n", "serial 9\n", 1)
	if spoilt == string(text) {
		t.Fatal("the head was not changed")
	}
	if err := os.WriteFile(head, []byte(spoilt), 0o644); err != nil {
		t.Fatal(err)
	}
	before := a.read("public/head")
	a.edit("content/schools/900001.yaml", "name: ", "name: New ")
	if _, err := generator.Build(context.Background(), generator.Options{Dir: a.dir, Now: now}); err == nil || !strings.Contains(err.Error(), "take over what is published in "+www) {
		t.Errorf("a published head that nobody signed: %v", err)
	}
	if a.read("public/head") != before {
		t.Error("the refused build changed the head")
	}
}
