// Package render turns pages into HTML.
package render
