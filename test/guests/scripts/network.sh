# A web server and a client over loopback; nc both ways.
mkdir www; echo '<h1>stiletto</h1>' > www/index.html; seq 1 5000 > www/big
httpd -f -p 127.0.0.1:8080 -h www & server=$!; sleep 1
wget -q -O - http://127.0.0.1:8080/; wget -q -O - http://127.0.0.1:8080/big | md5sum; wget -q -O - http://127.0.0.1:8080/none; echo "wget $?"
(nc -l -p 9000 > received) & sleep 1; echo over-tcp | nc 127.0.0.1 9000; wait $!; cat received
(echo answer | nc -l -p 9001) & sleep 1; nc 127.0.0.1 9001 < /dev/null; nc 127.0.0.1 9 < /dev/null; echo "refused $?"
kill $server; sleep 1; wget -q -O - http://127.0.0.1:8080/; echo "wget $?"
