package page

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"despatch/generator/source"
	"despatch/records/access"
	"despatch/records/authority"
	"despatch/records/calendar"
	"despatch/records/sending"
)

// A SendView is the page from which a school sends documents to services of the
// authority, and which lists what went either way (rows P09, P10).
type SendView struct {
	Head
	Authority  string // short name
	Box        bool   // documents can be sent here
	Definition string // of the services, for the browser: JSON
	Services   []ServiceLine
	Exchanged  []ExchangeLine // newest first
	Contacts   []Contact
}

// A ServiceLine is one service to which documents can be sent.
type ServiceLine struct {
	Name, Takes, Types string
	Contact            Contact
}

// An ExchangeLine is one document that came or went.
type ExchangeLine struct {
	On   Value
	Sent bool // by the school
	What string
	Href string // of the authority's: its page
	// Service is whose it is, By who sent it; Files are the names of the files that went.
	Service, By string
	Files       []string
	Proof       string // the deposit, which the receipt names
	order       string
}

type definedService struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	Takes   string   `json:"takes"`
	Types   []string `json:"types"`
	Contact string   `json:"contact"`
}

// exchange plans the page for sending documents, for those who read the school's: they
// are the ones who may send (office/collect holds each deposit to that again).
func (p *plan) exchange(c *source.Common) {
	services := p.site.Settings.Services
	if !p.site.Settings.On(authority.Documents) || len(services) == 0 {
		return
	}
	r := p.room(access.Documents.Kind(access.Full))
	view := &SendView{
		Head:      Head{Area: "documents", Back: Link{"Documents", r.link(contentsKey("documents"))}, Caption: p.school.Name, Heading: "Send documents"},
		Authority: p.authorityShort(), Box: p.site.Settings.Portal.Box != "", Contacts: p.defaultContacts(),
	}
	defined := make([]definedService, len(services))
	for i, s := range services {
		types := s.Types
		if len(types) == 0 {
			types = sending.Endings()
		}
		defined[i] = definedService{s.ID, s.Name, s.Takes, types, s.Contact.Line()}
		view.Services = append(view.Services, ServiceLine{s.Name, s.Takes, joined(types), contact(s.Contact)})
	}
	if text, err := json.Marshal(defined); err == nil { // texts alone: it cannot fail
		view.Definition = string(text)
	}
	for i := range c.Sent {
		if s := &c.Sent[i]; s.School == p.school.URN {
			view.Exchanged = append(view.Exchanged, p.sentLine(s))
		}
	}
	for i := range c.Documents {
		d := &c.Documents[i]
		if ok, draft := p.shows(&d.Standing); !ok || draft || d.Role != "" || !p.sentHere(d) {
			continue
		}
		view.Exchanged = append(view.Exchanged, r.receivedLine(d))
	}
	slices.SortStableFunc(view.Exchanged, func(a, b ExchangeLine) int { return cmp.Compare(b.order, a.order) })
	page := r.add("send", "Send documents", 0, false, view)
	r.Lists = append(r.Lists, List{Area: "documents", Tab: authority.PublisherAuthority, Title: "Send documents", Page: page})
}

func (p *plan) sentLine(s *source.Sent) ExchangeLine {
	service, known := p.site.Settings.Service(s.Letter.Service)
	if !known {
		service.Name = cmp.Or(s.Letter.Service, "a service of the authority")
	}
	line := ExchangeLine{
		On: atTime(s.At), Sent: true, What: "Documents for " + service.Name, Service: service.Name, By: p.whoAnswered(s.Account),
		Proof: fmt.Sprintf("Place %d in the drop-box’s log; receipt number %s", s.Leaf, s.Deposit), order: s.At.UTC().Format("2006-01-02T15:04:05"),
	}
	for _, f := range s.Letter.Files {
		line.Files = append(line.Files, f.Name)
	}
	return line
}

func (r *room) receivedLine(d *source.Document) ExchangeLine {
	at := r.publishedAt(&d.Standing)
	on := calendar.On(at)
	line := ExchangeLine{
		On: Value{Text: on.Long(), Date: on.String()}, What: d.Title, Href: r.link("document/" + d.ID),
		Service: d.Service, By: d.Publisher.Name, order: at.UTC().Format("2006-01-02T15:04:05"),
	}
	if withdrawn(&d.Standing) != nil {
		line.What += " (withdrawn)"
		return line
	}
	for _, f := range d.Attached {
		line.Files = append(line.Files, f.Name())
	}
	return line
}
