// Starts Swagger UI on /api/docs. A file of its own, because the content security policy allows no inline script.
window.addEventListener('load', function () {
  window.ui = window.SwaggerUIBundle({
    url: '/api/openapi.json',
    dom_id: '#swagger-ui',
    deepLinking: true,
    displayRequestDuration: true,
    tryItOutEnabled: false,
    // A session's unsafe calls need the token that /api/auth/me gives.
    requestInterceptor: function (request) {
      if (window.porticoCsrf) request.headers['X-CSRF-Token'] = window.porticoCsrf;
      return request;
    },
  });
  fetch('/api/auth/me', { credentials: 'same-origin' })
    .then(function (answer) {
      return answer.ok ? answer.json() : {};
    })
    .then(function (me) {
      window.porticoCsrf = me.csrf_token;
    });
});
