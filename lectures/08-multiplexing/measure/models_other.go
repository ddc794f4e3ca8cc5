//go:build unix && !linux

package main

// models is without epoll, which only Linux has.
var models = []model{selecting, polling, goroutines}
