package enrol

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"despatch/internal/buildkeys"
	"despatch/internal/durable"
	"despatch/internal/keyring"
)

// A service has two files: its identity, and what that opens.
func serviceKeyPath(name string) string   { return buildkeys.ServicesDir + "/" + name + ".key" }
func serviceInboxPath(name string) string { return buildkeys.ServicesDir + "/" + name + ".age" }

// AddService gives the inboxes to a machine that collects while nobody is there: it
// makes an identity, which lies open on that machine, and seals the inboxes'
// identities to it. Neither the root nor a compartment is among them. One of this name
// is replaced, so that it has the inboxes that were made since.
func (o *Office) AddService(name string) error {
	s, err := keyring.NewService(name)
	if err != nil {
		return err
	}
	inboxes, err := o.openBundle(buildkeys.Inboxes)
	if errors.Is(err, fs.ErrNotExist) {
		return errors.New("there is no inbox yet: name the drop-box with despatch keys --box FILE")
	}
	if err != nil {
		return err
	}
	sealed, err := keyring.SealBundle(inboxes, []string{s.Key.Recipient()})
	if err != nil {
		return err
	}
	if err := writeSecret(o.dir, serviceInboxPath(name), sealed); err != nil {
		return err
	}
	return writeSecret(o.dir, serviceKeyPath(name), keyring.FormatService(s))
}

// RemoveService takes a service's files away. What was copied of them opens the
// inboxes for as long as these are in use.
func (o *Office) RemoveService(name string) error {
	names, err := Services(o.dir)
	if err != nil {
		return err
	}
	if !slices.Contains(names, name) {
		return fmt.Errorf("there is no service %q (there are: %s)", name, strings.Join(names, ", "))
	}
	for _, file := range []string{serviceKeyPath(name), serviceInboxPath(name)} {
		if err := durable.Remove(filepath.Join(o.dir, filepath.FromSlash(file))); err != nil {
			return err
		}
	}
	return nil
}

// Services are the names of the services of a folder.
func Services(dir string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(dir, filepath.FromSlash(buildkeys.ServicesDir)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var names []string
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".age"); ok {
			names = append(names, name)
		}
	}
	return names, err
}

// ServiceInboxes opens the inboxes as a service. Its identity is read from key, or,
// where that is empty, from the folder.
func ServiceInboxes(dir, name, key string) (func(service string) (keyring.Key, error), error) {
	text, err := serviceKey(dir, name, key)
	if err != nil {
		return nil, err
	}
	s, err := keyring.ParseService(text)
	if err != nil {
		return nil, fmt.Errorf("the key of service %s: %w", name, err)
	}
	if s.Name != name {
		return nil, fmt.Errorf("the key is of service %s, not of %s", s.Name, name)
	}
	sealed, err := buildkeys.ReadSecret(dir, serviceInboxPath(name))
	if err != nil {
		return nil, err
	}
	inboxes, err := keyring.OpenBundle(sealed, s.Key, buildkeys.Inboxes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", serviceInboxPath(name), err)
	}
	return func(inbox string) (keyring.Key, error) {
		if k, ok := inboxes.Find(inbox); ok {
			return k.Key, nil
		}
		return keyring.Key{}, fmt.Errorf("service %s was not given the inbox %s: run despatch keys --add-service %s", name, inbox, name)
	}, nil
}

func serviceKey(dir, name, key string) ([]byte, error) {
	if key == "" {
		return buildkeys.ReadSecret(dir, serviceKeyPath(name))
	}
	info, err := os.Stat(key)
	if err != nil {
		return nil, err
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s holds a secret and others may read it (mode %04o): run chmod 600 %s", key, info.Mode().Perm(), key)
	}
	return os.ReadFile(key)
}
