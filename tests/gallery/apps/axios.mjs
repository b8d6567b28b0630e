// Product service: GET /products/:sku asks the stock service, here on the same port (Express 5, axios 1).
// Leak: every request adds one more interceptor to the shared client, to pass its request id on.
// Clean twin: GET /fixed/products/:sku passes the id with the call.
import axios from 'axios';
import express from 'express';

const app = express();
const port = Number(process.env.PORT ?? 3000);
const stockClient = axios.create({ baseURL: `http://127.0.0.1:${port}/stock` });

app.get('/', (req, res) => res.json({ service: 'products' }));

app.get('/stock/:sku', (req, res) => {
  res.json({ sku: req.params.sku, left: 3, request: req.get('x-request-id') });
});

app.get('/products/:sku', async (req, res) => {
  const requestId = `req-${req.params.sku}`;
  stockClient.interceptors.request.use((config) => {
    config.headers.set('x-request-id', requestId);
    return config;
  });
  const stock = await stockClient.get(`/${req.params.sku}`);
  res.json({ name: `Product ${req.params.sku}`, stock: stock.data });
});

app.get('/fixed/products/:sku', async (req, res) => {
  const headers = { 'x-request-id': `req-${req.params.sku}` };
  const stock = await stockClient.get(`/${req.params.sku}`, { headers });
  res.json({ name: `Product ${req.params.sku}`, stock: stock.data });
});

app.listen(port, '127.0.0.1');
