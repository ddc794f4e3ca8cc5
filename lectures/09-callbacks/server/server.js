// The coffee shop once more, in Node.js: node lectures/09-callbacks/server/server.js [PORT]
'use strict'
const net = require('node:net')
const readline = require('node:readline')

//region server
const server = net.createServer({ allowHalfOpen: true }, (conn) => { // event: a client has connected
  let coffee = null
  let ended = false
  const closeIfServed = () => { if (ended && coffee === null) conn.end() }

  const lines = readline.createInterface({ input: conn })
  lines.on('line', (line) => { // event: a line has come
    if (line !== 'coffee') {
      conn.write(`> ${line.toUpperCase()}\n`)
    } else if (coffee !== null) {
      conn.write('> ONE AT A TIME\n')
    } else {
      conn.write('> TAKE A BUZZER\n')
      coffee = setTimeout(() => { // event: the time is over
        coffee = null
        conn.write('BUZZ! YOUR COFFEE\n')
        closeIfServed()
      }, 2000)
    }
  })
  lines.on('close', () => { ended = true; closeIfServed() }) // event: the client will send no more
  conn.on('error', (err) => console.error(err.message)) // without it, a reset ends the program
  lines.on('error', () => {}) // the same error: readline tells it once more
  conn.on('close', () => clearTimeout(coffee))
  conn.write('HELLO\n')
})
server.listen(Number(process.argv[2] ?? 9907), '127.0.0.1', () => {
  console.log(`listening on 127.0.0.1:${server.address().port}`)
})
//endregion server
