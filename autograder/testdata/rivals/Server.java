import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/** The line server of the lab's benchmark in Java: one thread, NIO. Usage: java Server.java PORT */
class Server {
    public static void main(String[] arguments) throws IOException {
        Selector selector = Selector.open();
        ServerSocketChannel listener = ServerSocketChannel.open();
        listener.bind(new InetSocketAddress(Integer.parseInt(arguments[0])), 4096);
        listener.configureBlocking(false);
        listener.register(selector, SelectionKey.OP_ACCEPT);
        while (true) {
            selector.select(key -> {
                try {
                    if (key.isAcceptable()) {
                        welcome(listener, selector);
                    } else {
                        serve(key);
                    }
                } catch (IOException e) {
                    close(key);
                }
            });
        }
    }

    static void welcome(ServerSocketChannel listener, Selector selector) throws IOException {
        SocketChannel client;
        while ((client = listener.accept()) != null) {
            client.configureBlocking(false);
            client.setOption(StandardSocketOptions.TCP_NODELAY, true);
            client.register(selector, SelectionKey.OP_READ, ByteBuffer.allocateDirect(16384));
        }
    }

    /** A client whose answer has not gone out whole is not read from until it has. */
    static void serve(SelectionKey key) throws IOException {
        SocketChannel client = (SocketChannel) key.channel();
        ByteBuffer buffer = (ByteBuffer) key.attachment();
        if (key.isReadable()) {
            buffer.clear();
            if (client.read(buffer) < 0) {
                close(key);
                return;
            }
            buffer.flip();
            for (int i = 0; i < buffer.limit(); i++) {
                byte letter = buffer.get(i);
                if (letter >= 'a' && letter <= 'z') {
                    buffer.put(i, (byte) (letter - 32));
                }
            }
        }
        client.write(buffer);
        key.interestOps(buffer.hasRemaining() ? SelectionKey.OP_WRITE : SelectionKey.OP_READ);
    }

    static void close(SelectionKey key) {
        try {
            key.channel().close();
        } catch (IOException e) {
            System.err.println(e);
        }
    }
}
