// held by: t
// class: Map
// kind: collection
// entry: {i, n}
const e=require("node:http"),t=new Map,n=e=>{t.set(e,{i:e,n:1})};e.createServer(((e,t)=>{n(e.url),t.end()})).listen(); // here
