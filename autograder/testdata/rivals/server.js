// The line server of the lab's benchmark in Node.js: callbacks on one thread. Usage: node server.js PORT
const net = require("node:net");

net.createServer({ noDelay: true }, (socket) => {
  let rest = "";
  socket.setEncoding("utf8"); // letters may be split between chunks
  socket.on("data", (chunk) => {
    const end = chunk.lastIndexOf("\n");
    if (end < 0) {
      rest += chunk;
      return;
    }
    socket.write((rest + chunk.slice(0, end + 1)).toUpperCase());
    rest = chunk.slice(end + 1);
  });
  socket.on("error", () => socket.destroy());
}).listen({ port: Number(process.argv[2]), backlog: 4096 });
