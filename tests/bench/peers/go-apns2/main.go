// Sends the pushes of a job (tests/bench/peers.cpp writes it) with github.com/sideshow/apns2, over one
// connection. Ends with 0 only if all were answered 200.
//
//	run JOB
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"sync/atomic"

	"github.com/sideshow/apns2"
	"github.com/sideshow/apns2/token"
)

type job struct {
	Port     int      `json:"port"`
	TeamID   string   `json:"team_id"`
	KeyID    string   `json:"key_id"`
	Key      string   `json:"key"`
	Topic    string   `json:"topic"`
	Body     string   `json:"body"`
	Tokens   []string `json:"tokens"`
	Pushes   int64    `json:"pushes"`
	InFlight int      `json:"in_flight"`
}

func giveUp(why error) {
	fmt.Fprintln(os.Stderr, "go-apns2:", why)
	os.Exit(1)
}

func read(path string) (j job) {
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, &j)
	}
	if err != nil {
		giveUp(err)
	}
	return j
}

func main() {
	if len(os.Args) != 2 {
		giveUp(fmt.Errorf("wants the file of a job"))
	}
	j := read(os.Args[1])
	key, err := token.AuthKeyFromBytes([]byte(j.Key))
	if err != nil {
		giveUp(err)
	}
	client := apns2.NewTokenClient(&token.Token{AuthKey: key, KeyID: j.KeyID, TeamID: j.TeamID})
	client.Host = fmt.Sprintf("https://localhost:%d", j.Port)
	body := []byte(j.Body)

	push := func(n int64) {
		answer, err := client.Push(&apns2.Notification{
			DeviceToken: j.Tokens[n%int64(len(j.Tokens))],
			Topic:       j.Topic,
			PushType:    apns2.PushTypeAlert,
			Priority:    apns2.PriorityHigh,
			Payload:     body,
		})
		if err == nil && !answer.Sent() {
			err = fmt.Errorf("answered %d %s", answer.StatusCode, answer.Reason)
		}
		if err != nil {
			giveUp(err)
		}
	}

	// Until the gateway has said how many streams it allows, Go opens a connection for every 100.
	push(0)
	sent := int64(1)
	var senders sync.WaitGroup
	for i := 0; i < j.InFlight; i++ {
		senders.Add(1)
		go func() {
			defer senders.Done()
			for {
				n := atomic.AddInt64(&sent, 1) - 1
				if n >= j.Pushes {
					return
				}
				push(n)
			}
		}()
	}
	senders.Wait()
}
