package source

import (
	"bytes"
	"crypto/sha256"
	"image"
	"image/png"
)

// The limits of a logo: what a letterhead shows sharply, and no more.
const (
	mostLogoBytes  = 256 << 10
	mostLogoPixels = 800
)

// A Logo is the picture of the letterhead.
type Logo struct {
	Picture image.Image
	PNG     []byte // as it is in the folder
	Sum     [sha256.Size]byte
}

// logo reads content/logo.png. Its size is looked at before it is unfolded.
func (r *reader) logo(file string) *Logo {
	data, err := r.f.read(file, mostLogoBytes)
	if err != nil {
		r.add(file, 0, 0, "%v", err)
		return nil
	}
	about, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil || about.Width < 1 || about.Height < 1 || about.Width > mostLogoPixels || about.Height > mostLogoPixels {
		r.add(file, 0, 0, "the logo must be a PNG of at most %d by %d pixels and %d kB", mostLogoPixels, mostLogoPixels, mostLogoBytes>>10)
		return nil
	}
	picture, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		r.add(file, 0, 0, "the logo is damaged: %v", err)
		return nil
	}
	return &Logo{picture, data, sha256.Sum256(data)}
}

// crossLogo wants the picture and its text together: who does not see the one is
// told the other.
func (s *Site) crossLogo(r *reader) {
	switch text := s.Settings.Theme.LogoText; {
	case s.Logo != nil && text == "":
		r.find(settingsFile, "theme.logo_text", "say in words what content/logo.png shows, as \"Northmoor County Council\", for people who do not see it")
	case s.Logo == nil && text != "" && !s.broken[place{kind: logo}]:
		r.find(settingsFile, "theme.logo_text", "there is no content/logo.png that this could stand for")
	}
}
