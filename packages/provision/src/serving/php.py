#!/usr/bin/python3 -I
# Managed by Bramble. Serves a PHP app inside its sandbox: `app-php FOLDER`, below the release; nginx on $PORT, php-fpm behind it.
# Python 3.9 and its standard library only.
import glob, os, signal, subprocess, sys, threading, time

ROOT = os.path.normpath(os.path.join(os.getcwd(), sys.argv[1]))

FPM = '''[global]
daemonize = no
pid = /tmp/php-fpm.pid
error_log = /proc/self/fd/2
[www]
listen = /tmp/php.sock
pm = ondemand
pm.max_children = 8
pm.process_idle_timeout = 60s
pm.max_requests = 1000
clear_env = no
catch_workers_output = yes
decorate_workers_output = no
php_admin_value[sys_temp_dir] = /tmp
php_admin_value[upload_tmp_dir] = /tmp
php_value[session.save_path] = /tmp
php_value[upload_max_filesize] = 64M
php_value[post_max_size] = 64M
'''

NGINX = '''daemon off;
worker_processes 1;
pid /tmp/nginx.pid;
error_log stderr warn;
events {
  worker_connections 1024;
}
http {
  include /etc/nginx/mime.types;
  default_type application/octet-stream;
  charset utf-8;
  access_log off;
  server_tokens off;
  sendfile on;
  gzip on;
  gzip_proxied any;
  gzip_types text/css text/plain text/javascript application/javascript application/json image/svg+xml;
  absolute_redirect off;
  client_max_body_size 64m;
  client_body_temp_path /tmp/body;
  proxy_temp_path /tmp/proxy;
  fastcgi_temp_path /tmp/fastcgi;
  uwsgi_temp_path /tmp/uwsgi;
  scgi_temp_path /tmp/scgi;
  # The times of a release say nothing about its files.
  etag off;
  if_modified_since off;
  map $http_x_forwarded_proto $forwarded_https {
    default '';
    https on;
  }
  server {
    listen 0.0.0.0:%(port)d backlog=1024;
    root "%(root)s";
    index index.php index.html;
    location ~ /\\.(?!well-known(/|$)) {
      return 404;
    }
    location ~ ^/(vendor/|composer\\.(json|lock)$|Procfile$|bramble\\.yaml$) {
      return 404;
    }
    location / {
      try_files $uri $uri/ /index.php$is_args$args;
    }
    location ~ \\.php$ {
      try_files $uri =404;
      include /etc/nginx/fastcgi_params;
      fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
      fastcgi_param HTTPS $forwarded_https if_not_empty;
      fastcgi_param HTTP_PROXY "";
      fastcgi_pass unix:/tmp/php.sock;
      fastcgi_read_timeout 300s;
    }
  }
}
'''


def put(path, text):
    with open(path, 'w') as handle:
        handle.write(text)


def forward(lines):
    for line in lines:
        sys.stderr.buffer.write(line)
        sys.stderr.flush()


programs = sorted(glob.glob('/usr/sbin/php-fpm[0-9]*'))
if not programs or not os.path.exists('/usr/sbin/nginx'):
    sys.exit('php-fpm or nginx is not installed on this node.')
if not os.path.isdir(ROOT):
    sys.exit('The release has no folder %s.' % sys.argv[1])
put('/tmp/fpm.conf', FPM)
put('/tmp/nginx.conf', NGINX % dict(port=int(os.environ['PORT']), root=ROOT))
# php-fpm opens its log by name, which works with a pipe and not with the journal's socket.
fpm = subprocess.Popen([programs[-1], '--nodaemonize', '--fpm-config', '/tmp/fpm.conf'], stderr=subprocess.PIPE)
threading.Thread(target=forward, args=(fpm.stderr,), daemon=True).start()
children = [
    fpm,
    subprocess.Popen(['/usr/sbin/nginx', '-e', 'stderr', '-c', '/tmp/nginx.conf']),
]


def finish(*_):
    """Both answer what they have before they end."""
    for child in reversed(children):
        if child.poll() is None:
            child.send_signal(signal.SIGQUIT)
    for child in children:
        child.wait()
    sys.exit(0)


signal.signal(signal.SIGTERM, finish)
signal.signal(signal.SIGINT, finish)
while all(child.poll() is None for child in children):
    time.sleep(0.5)
# One without the other serves nothing: systemd starts both again.
for child in children:
    if child.poll() is None:
        child.terminate()
sys.exit(1)
