/**
 * The source of what every generated writer calls: functions that put bytes into `O` from `w` on
 * and give where they stop. `u8`, `u32`, `i32` and `i64` are the ring; `q` counts 4 bytes, so
 * that a long stands at `u32[q]` (low) and `u32[q + 1]` (high).
 *
 * As text and not as functions, so that all of them are inlined over constant arrays: this is the
 * path of every event.
 */
export const PRIMITIVES = `
const D2=new Uint8Array(200);
for(let i=0;i<100;i++){D2[2*i]=48+((i/10)|0);D2[2*i+1]=48+i%10;}
const HEX=new Uint8Array([48,49,50,51,52,53,54,55,56,57,97,98,99,100,101,102]);
function dec32(v,w){
  if(v<10){O[w]=48+v;return w+1;}
  const d=v<100?2:v<1000?3:v<10000?4:v<100000?5:v<1000000?6:v<10000000?7:v<100000000?8:v<1000000000?9:10;
  let e=w+d;const end=e;
  while(v>=100){const r=(v/100)>>>0,m=(v-r*100)*2;e-=2;O[e]=D2[m];O[e+1]=D2[m+1];v=r;}
  if(v>=10){O[w]=D2[2*v];O[w+1]=D2[2*v+1];}else O[w]=48+v;
  return end;
}
function dec9(v,w){
  let e=w+9;
  for(let i=0;i<4;i++){const r=(v/100)>>>0,m=(v-r*100)*2;e-=2;O[e]=D2[m];O[e+1]=D2[m+1];v=r;}
  O[w]=48+v;return w+9;
}
function dec53(v,w){
  if(v<4294967296)return dec32(v,w);
  const h=Math.floor(v/1e9),l=v-h*1e9;
  if(h<4294967296)return dec9(l,dec32(h,w));
  const hh=Math.floor(h/1e9);
  return dec9(l,dec9(h-hh*1e9,dec32(hh,w)));
}
function dec(q,w){
  const hi=i32[q+1],lo=u32[q];
  if(hi===0)return dec32(lo,w);
  if(hi>=-2097152&&hi<2097152){
    let v=hi*4294967296+lo;
    if(v<0){O[w++]=45;v=-v;}
    return dec53(v,w);
  }
  return str(i64[q>>1].toString(),w);
}
function udec(q,w){
  const hi=u32[q+1];
  if(hi<2097152)return dec53(hi*4294967296+u32[q],w);
  return str(BigInt.asUintN(64,i64[q>>1]).toString(),w);
}
function hex32(v,w){
  const d=v===0?1:((35-Math.clz32(v))>>2);
  for(let k=(d-1)*4;k>=0;k-=4)O[w++]=HEX[(v>>>k)&15];
  return w;
}
function hex(q,w){
  const hi=u32[q+1];
  if(hi===0)return hex32(u32[q],w);
  w=hex32(hi,w);
  const v=u32[q];
  for(let k=28;k>=0;k-=4)O[w++]=HEX[(v>>>k)&15];
  return w;
}
function cstr(p,n,w){
  for(const e=p+n;p<e;p++){const c=u8[p];if(c===0)break;O[w++]=c;}
  return w;
}
function copy(p,n,w){
  if(n>64){O.set(u8.subarray(p,p+n),w);return w+n;}
  for(const e=p+n;p<e;p++)O[w++]=u8[p];
  return w;
}
function str(s,w){
  const n=s.length;
  if(n>32)return w+O.write(s,w,'latin1');
  for(let i=0;i<n;i++)O[w+i]=s.charCodeAt(i);
  return w+n;
}
function spaces(q,w){
  if(i32[q+1]<0)return w;
  const n=i32[q+1]>0||u32[q]>PURE_MAX?PURE_MAX:u32[q];
  O.fill(32,w,w+n);
  return w+n;
}
function left(s,w,width){
  while(w<s+width)O[w++]=32;
  return w;
}
function right(s,w,width){
  const n=s+width-w;
  if(n<=0)return w;
  O.copyWithin(s+n,s,w);
  O.fill(32,s,s+n);
  return w+n;
}
function zeros(s,w,width,prefix){
  const n=s+width-w;
  if(n<=0)return w;
  const from=s+(O[s]===45?1:prefix);
  O.copyWithin(from+n,from,w);
  O.fill(48,from,from+n);
  return w+n;
}
function clip(s,w,max){return w>s+max?s+max:w;}
function clipNul(s,w,max){
  const end=clip(s,w,max);
  for(let i=s;i<end;i++)if(O[i]===0)return i;
  return end;
}
`
